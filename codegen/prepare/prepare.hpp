// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <runtime/kernels/kernel_sets.hpp>

namespace etch::host {

/// The model that is shipped: the same results, byte for byte, from less work. What was taken
/// out of a value is noted in `ImportedValue::left`, so that layers can still be compared.
/// \param sets kernels that run it: weights lie as the cores of these want them, or as all kernels take them.
/// \param any_weights the steps do not depend on what the weights are: other weights have the same ones
ImportedModel prepare(const ImportedModel& model, kernels::KernelSets sets = kernels::every_set,
                      bool any_weights = false);

}  // namespace etch::host
