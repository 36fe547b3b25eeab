// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>

namespace etch::host {

/// Takes steps into the quantized ones beside them, where the bytes stay the same: padding into the
/// convolution behind it, when it fills with what the convolution reads outside; a table into the table
/// before it, and a table that only bounds its input into the bounds of the step before it. Tables that
/// change nothing (changes of quantization that cancel) are left out. Values that no step makes any more have
/// no number in `SourceOperator::results`.
void merge_steps(ModelDraft& model);

}  // namespace etch::host
