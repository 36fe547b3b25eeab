// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/emit_model.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <etch/model/declare/hash.hpp>
#include <etch/ops/op_list.hpp>
#include <tests/fuzz/apart.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>

#include <cstring>

namespace etch::fuzz {

namespace {

using Buffers = std::vector<std::vector<std::byte>>;

struct Count {
  long long read = 0, costly = 0;
};
Count& counted() {
  static Count count;
  return count;
}

Buffers inputs_of(const host::ModelSession& session) {
  Buffers inputs;
  for (int k = 0; k < session.inputs(); ++k) {
    std::vector<std::byte> bytes(session.input_bytes(k));
    // As int8 any number, as float one between -2 and 2.
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::byte>(i % 4 == 3 ? 0x3f | ((i << 5) & 0x80) : i * 37 + 11);
    inputs.push_back(bytes);
  }
  return inputs;
}

Buffers run(host::ModelSession& session, const Buffers& inputs) {
  const std::vector<std::span<const std::byte>> given(inputs.begin(), inputs.end());
  session.run(given);
  Buffers results;
  for (int k = 0; k < session.outputs(); ++k) {
    const auto output = session.output(k);
    results.emplace_back(output.begin(), output.end());
  }
  return results;
}

/// The bytes, with one kind of NaN: which one arithmetic gives is the compiler's choice.
Buffers comparable(Buffers results, const host::ImportedModel& model) {
  const auto& g = *model.graph;
  for (int k = 0; k < g.outputs.count; ++k) {
    if (g.values[g.outputs[k]].type != ElementType::real) continue;
    auto& bytes = results[static_cast<std::size_t>(k)];
    for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
      float number = 0;
      std::memcpy(&number, &bytes[i], 4);
      if (number != number) std::memset(&bytes[i], 0xff, 4);
    }
  }
  return results;
}

Buffers run_apart(const host::ImportedModel& model, const Buffers& inputs) {
  const host::ApartProgram apart = host::place_apart(*host::program_of(model));
  return fuzz::run_apart(apart, host::weights_of(model, *apart.program), inputs);
}

/// In one of its two forms, by chance: to plan is what takes time.
void emit(const host::ImportedModel& model) {
  const char* folder = std::getenv("ETCH_FUZZ_FOLDER");
  const bool ends_in_arena = (structure_hash(*model.graph) & 1) != 0;
  if (folder) has_answer([&] { host::emit_model(model, {folder, "model", "a\n*/ file", ends_in_arena}); });
}

constexpr std::int64_t most_to_run = 1'000'000, most_to_prepare = 4'000'000;

/// Multiplications and elements.
std::int64_t work_of(const host::ImportedModel& model) {
  std::int64_t work = 0;
  for (const Value& value : model.graph->values) work += value.elements;
  for (const Step& step : model.graph->steps)
    if (work <= most_to_prepare) work += macs_of(step);
  return work;
}

}  // namespace

bool is_cheap(const host::ImportedModel& model) { return work_of(model) <= most_to_run; }

void exercise(const host::ImportedModel& model) {
  ++counted().read;
  if (work_of(model) > most_to_prepare) {
    ++counted().costly;
    return emit(model);
  }
  const host::ImportedModel prepared = host::prepare(model);
  if (!is_cheap(model)) {
    ++counted().costly;
    return emit(prepared);
  }
  host::ModelSession imported_session(model), session(prepared);
  const Buffers inputs = inputs_of(session);
  const Buffers first = comparable(run(session, inputs), model);
  require(first == comparable(run(imported_session, inputs), model),
          "a prepared model gives the bytes of the imported one");
  const host::ImportedModel paired = host::prepare(model, {kernels::KernelSet::dsp});
  host::ModelSession paired_session(paired);
  require(first == comparable(run(paired_session, inputs), model), "filters in pairs give the same bytes");
  require(first == comparable(run_apart(prepared, inputs), model),
          "values that lie apart give the same bytes");
  session.reset();
  require(first == comparable(run(session, inputs), model), "a second run gives the bytes of the first");
  emit(prepared);
}

void count_models() {
  std::atexit([] {
    std::fprintf(stderr, "models read: %lld, too costly to run: %lld\n", counted().read, counted().costly);
  });
}

}  // namespace etch::fuzz
