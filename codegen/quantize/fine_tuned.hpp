// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/etch/import.hpp>
#include <codegen/quantize/quantize.hpp>

namespace etch::host {

/// A model that was fine-tuned with fake quantization: its values have the ranges that it learned, which
/// `quantize` then takes. \param declared the graph of the model without fake quantization. \param weights
/// those of the model with it: the declared ones, then the ranges. Throws `Error` where they are not as many.
/// \param weight_bits as `FakeQuantization` says. Of fewer than 8 the model has the numbers that kernels were
/// rounded to while it was trained; with 4, `narrow_weights` finds their steps again.
ImportedModel import_fine_tuned(const Graph<declaration_capacity>& declared,
                                std::span<const DeclaredWeight> weights, const std::string& name,
                                int weight_bits = 8);

}  // namespace etch::host
