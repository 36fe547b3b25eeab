// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_program.hpp>
#include <etch/model/declare/hash.hpp>
#include <runtime/host/error.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/survivors.hpp>
#include <tests/fuzz/tflite_fields.hpp>
#include <tests/unit/random_branches.hpp>

#include <optional>

namespace etch::fuzz {

namespace {

std::optional<host::ImportedModel> imported(const Bytes& file, const std::string& name) {
  std::optional<host::ImportedModel> model;
  has_answer([&] { model = host::import_tflite(std::as_bytes(std::span(file)), name); });
  return model;
}

/// How many steps its results take; 0 where one is an input, a weight or another result, which firmware has
/// not.
int steps_of(const host::ImportedModel& model) {
  const auto program = host::program_of(model);
  const auto& g = program->graph;
  for (int k = 0; k < g.outputs.count; ++k)
    if (g.values[g.outputs[k]].role != Role::output || program->plan.offset[g.outputs[k]] != k) return 0;
  return g.steps.count;
}

/// A mutation with another structure than the file it was made of, and no less steps, or nothing.
std::optional<host::ImportedModel> mutated(const Bytes& file, const std::string& name, unsigned seed) {
  const auto whole = imported(file, name);
  const int least = whole ? steps_of(*whole) : 0;
  for (unsigned trial = 0; whole && trial < 2000; ++trial) {
    Dice dice(seed * 2000 + trial);
    Bytes other = file;
    for (std::size_t times = 1 + dice.below(4); times > 0; --times) mutate_tflite(other, dice);
    auto model = imported(other, name);
    if (model && is_cheap(*model) && structure_hash(*model->graph) != structure_hash(*whole->graph) &&
        steps_of(*model) >= least)
      return model;
  }
  return std::nullopt;
}

}  // namespace

host::ImportedModel survivor(unsigned number) {
  if (number % 4 == 3) return test::RandomBranches(number).model(4 + static_cast<int>(number % 9));
  // Neighbours in the corpus are one model in several types: a stride apart they are others.
  const Corpus corpus = tflite_corpus();
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    const auto& [name, file] = corpus[(70 + 37 * std::size_t{number} + i) % corpus.size()];
    if (auto model = mutated(file, name, number)) return std::move(*model);
  }
  throw Error("no mutation of the corpus is a model");
}

}  // namespace etch::fuzz
