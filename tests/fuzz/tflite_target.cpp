// SPDX-License-Identifier: BSL-1.0
// Models of TensorFlow Lite: imported, prepared, planned, run and written as sources.
#include <codegen/formats/tflite/import.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/tflite_fields.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

bool is_model(const Bytes& file) {
  return has_answer([&] { host::import_tflite(std::as_bytes(std::span(file)), "model.tflite"); });
}

const Bytes& any_model(Dice& dice) {
  static const Corpus corpus = tflite_corpus();
  return dice.pick(corpus).second;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  count_models();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  has_answer([&] { exercise(host::import_tflite(std::as_bytes(std::span(data, size)), "model.tflite")); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  Bytes file(data, data + size);
  if (dice.one_in(10)) return LLVMFuzzerMutate(data, size, most);
  // Of one mutation of a model two in five are models; of what is none already, few.
  if (!dice.one_in(4) && !is_model(file)) file = any_model(dice);
  if (!mutate_tflite(file, dice)) return LLVMFuzzerMutate(data, size, most);
  return put_back(file, data, most);
}
