// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>

namespace etch::host::tflite {

/// Makes SPACE_TO_BATCH_ND, a convolution that nothing else reads, and BATCH_TO_SPACE_ND the dilated
/// convolution that they stand for. The two that go are marked as `FileOperator::merged`.
void merge_dilations(File& file);

}  // namespace etch::host::tflite
