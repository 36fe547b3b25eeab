// SPDX-License-Identifier: BSL-1.0
// Models of ONNX: imported, prepared, planned, run and written as sources.
#include <codegen/formats/onnx/import.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

host::ImportedModel import(std::span<const std::uint8_t> file) {
  return std::move(host::import_onnx(std::as_bytes(file), "model.onnx").model);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  count_models();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  has_answer([&] { exercise(import(std::span(data, size))); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  static const Corpus corpus = onnx_corpus();
  Dice dice(seed);
  Bytes file(data, data + size);
  // Lengths that no longer fit make it no message: then another model is the start.
  if (!dice.one_in(4) && !has_answer([&] { import(file); })) file = dice.pick(corpus).second;
  for (unsigned k = dice.one_in(3) ? 3 : 1; k > 0 && !file.empty(); --k)
    file[dice.below(file.size())] =
        static_cast<std::uint8_t>(dice.one_in(2) ? dice.below(256) : dice.below(8));
  if (dice.one_in(10)) return LLVMFuzzerMutate(data, size, most);
  return put_back(file, data, most);
}
