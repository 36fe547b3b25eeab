// SPDX-License-Identifier: BSL-1.0
// Etch's own model files, weights and their graph: imported, prepared, planned, run and written as sources.
#include <codegen/formats/etch/import.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/model_file_parts.hpp>

#include <fstream>

namespace {

using namespace etch;
using namespace etch::fuzz;

bool is_imported(const Bytes& file) {
  return has_answer(
      [&] { exercise(host::import_model_file(std::as_bytes(std::span(file)), "model.safetensors")); });
}

bool is_model(const Bytes& file) {
  return has_answer([&] { host::import_model_file(std::as_bytes(std::span(file)), "model.safetensors"); });
}

const Bytes& any_model(Dice& dice) {
  static const Corpus corpus = model_file_corpus();
  return dice.pick(corpus).second;
}

/// With the hash that the graph has, if it is read at all.
Bytes sealed(ModelFileParts parts) {
  has_answer([&] { parts.seal(); });
  return parts.file();
}

/// The file as it is used: ETCH_FUZZ_SEALED names where to keep it, to show a finding to the tool.
void keep(const Bytes& file) {
  const char* path = std::getenv("ETCH_FUZZ_SEALED");
  if (path)
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  count_models();
  return 0;
}

/// First as it is, and where that is refused, with the hash that its graph has.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, data + size);
  if (is_imported(file)) return 0;
  auto parts = ModelFileParts::of(file);
  if (!parts || parts->graph_text().empty()) return 0;
  const Bytes right = sealed(*parts);
  keep(right);
  is_imported(right);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  const Bytes file(data, data + size);
  auto parts = dice.one_in(12) ? std::nullopt : ModelFileParts::of(file);
  if (!parts) return LLVMFuzzerMutate(data, size, most);
  if (dice.one_in(6)) {
    mutate_json(parts->header, dice);
    return put_back(parts->file(), data, most);
  }
  if (dice.one_in(8)) {
    mutate_bytes(parts->data, parts->data.size());
    return put_back(parts->file(), data, most);
  }
  // What is no model already becomes one by no other change.
  if (!dice.one_in(4) && !is_model(sealed(*parts))) parts = ModelFileParts::of(any_model(dice));
  Json graph = Json::parse(parts->graph_text(), nullptr, false);
  if (graph.is_discarded()) return LLVMFuzzerMutate(data, size, most);
  mutate_graph(graph, dice);
  parts->set_graph_text(graph.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!dice.one_in(8)) parts->fit_weights(graph);
  return put_back(parts->file(), data, most);
}
