// SPDX-License-Identifier: BSL-1.0
#include <tests/formats/onnx/small_models.hpp>
#include <tests/fuzz/corpus.hpp>

namespace etch::fuzz {

Corpus onnx_corpus() {
  Corpus corpus;
  for (const test::SmallOnnx& small : test::small_onnx_models()) {
    Bytes bytes;
    for (const std::byte b : small.bytes) bytes.push_back(std::to_integer<std::uint8_t>(b));
    corpus.emplace_back(small.op + "_" + std::to_string(corpus.size()) + ".onnx", std::move(bytes));
  }
  return corpus;
}

}  // namespace etch::fuzz
