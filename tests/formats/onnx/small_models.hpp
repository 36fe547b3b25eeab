// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/formats/onnx/writer.hpp>

namespace etch::test {

/// A small file of one operator, or of a few.
struct SmallOnnx {
  std::string op, domain;
  std::vector<std::byte> bytes;
};

/// One of each operator that is imported, and quantized models.
std::vector<SmallOnnx> small_onnx_models();

}  // namespace etch::test
