// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/model/imported_model.hpp>

namespace etch::host::tflite {

/// Makes every tensor of whole numbers with a scale one of float32: constants become the real numbers that
/// they stand for, a channel by its own scale; changes of scale are gone. Tensors whose scales or zero points
/// are damaged stay as they are. \return what became of constants; nothing where no value is one of whole
/// numbers, so that they stay.
std::optional<WidenedWeights> make_real(File& file);

}  // namespace etch::host::tflite
