// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>

namespace etch::host {

/// The ranges of every element of every int8 value of a model, by interval arithmetic from its quantized
/// weights, biases and zero points, padding included. Values of other types have none. What an op of which
/// nothing is known gives may be anything, and so may what a step gives that would take too long to look at.
std::vector<std::vector<Int8Range>> int8_ranges(const ModelDraft& model);

}  // namespace etch::host
