// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <vector>

namespace peers {

/// A .tflite of int8 as ONNX with quantize and dequantize nodes around each operator, which onnxruntime joins
/// to operators of whole numbers: "input" as the file has it, "output" in floats. Operators are those of
/// ResNet-8. \param unsigned_data the same numbers 128 higher, as uint8; weights are signed in both.
/// Throws `etch::Error` for files with anything else.
std::vector<std::byte> quantized_onnx(const std::filesystem::path& tflite, bool unsigned_data);

}  // namespace peers
