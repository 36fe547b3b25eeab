// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>
#include <runtime/kernels/kernel_sets.hpp>

namespace etch::host {

/// Whether these kernels are those of a core that multiplies filters two by two.
bool want_pairs(kernels::KernelSets sets);

/// Lays out the filters of convolutions and dense steps of int8 in pairs (`kernels::int8_is_paired`), where
/// all of a step's weights have room in them and the kernels of pairs are the faster ones. No pass that reads
/// or chooses weights comes after it.
void pair_filters(ModelDraft& model);

}  // namespace etch::host
