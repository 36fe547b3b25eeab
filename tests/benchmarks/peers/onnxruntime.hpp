// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace peers {

/// The file of onnxruntime's library: what the environment variable ETCH_ONNXRUNTIME names, or CMake's of the
/// same name when this was built; "" if neither does.
std::string onnxruntime_library();

/// A model of one input and one output of floats in onnxruntime, on one thread.
class OnnxSession {
 public:
  enum class Input { float32 = 1, uint8 = 2, int8 = 3 };  // ONNXTensorElementDataType

  /// \param model an ONNX file. \param in the name of its input. \param out that of its output. Throws
  /// `etch::Error` where onnxruntime does not take it.
  OnnxSession(std::span<const std::byte> model, Input type, std::vector<std::int64_t> shape,
              std::string in = "input", std::string out = "output");
  std::span<std::byte> input() { return input_; }
  /// One prediction of what stands in `input()`. \return the output's numbers.
  const float* run();

 private:
  std::vector<std::byte> input_;
  std::string in_name_, out_name_;
  void *session_ = nullptr, *in_ = nullptr, *out_ = nullptr;
};

}  // namespace peers
