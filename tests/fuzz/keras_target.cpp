// SPDX-License-Identifier: BSL-1.0
// Models of Keras behind HDF5: configurations and trees of arrays, imported, prepared, planned, run and
// written as sources. HDF5 itself runs in a child process, and is not what this looks at.
#include <codegen/formats/keras/import.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/keras_parts.hpp>
#include <tests/fuzz/model_file_parts.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

bool is_model(const Bytes& file) {
  return has_answer([&] { host::import_keras(KerasParts::of(file).file()); });
}

const Bytes& any_model(Dice& dice) {
  static const Corpus corpus = keras_corpus();
  return dice.pick(corpus).second;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  count_models();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  has_answer([&] { exercise(host::import_keras(KerasParts::of({data, size}).file())); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  Bytes file(data, data + size);
  if (dice.one_in(12)) return LLVMFuzzerMutate(data, size, most);
  if (!dice.one_in(4) && !is_model(file)) file = any_model(dice);
  KerasParts parts = KerasParts::of(file);
  if (dice.one_in(8)) {
    mutate_bytes(parts.tree, parts.tree.size());
    return put_back(parts.bytes(), data, most);
  }
  Json config = Json::parse(parts.config, nullptr, false);
  if (config.is_discarded()) return LLVMFuzzerMutate(data, size, most);
  mutate_json(config, dice);
  parts.config = config.dump(-1, ' ', false, Json::error_handler_t::replace);
  return put_back(parts.bytes(), data, most);
}
