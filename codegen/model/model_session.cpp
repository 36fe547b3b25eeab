// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_program.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/model/run_program.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cstring>

namespace etch::host {

struct ModelSession::Parts {
  /// Memory for any kind of number.
  class Memory {
   public:
    explicit Memory(std::size_t bytes) : words_(bytes / sizeof(double) + 1) {}
    std::byte* data() { return reinterpret_cast<std::byte*>(words_.data()); }

   private:
    std::vector<double> words_;
  };

  const ImportedModel* model;
  std::unique_ptr<ImportedProgram> program;
  Memory weights, arena, states;
  std::vector<Memory> inputs, outputs;
  std::vector<std::vector<std::byte>> traced;

  explicit Parts(const ImportedModel& from, std::unique_ptr<ImportedProgram> planned)
      : model(&from),
        program(std::move(planned)),
        weights(static_cast<std::size_t>(program->plan.weight_bytes)),
        arena(static_cast<std::size_t>(program->plan.arena_bytes)),
        states(static_cast<std::size_t>(program->plan.state_bytes)) {
    const auto& g = program->graph;
    const std::vector<std::byte> placed = weights_of(from, *program);
    std::copy(placed.begin(), placed.end(), weights.data());
    for (int k = 0; k < g.inputs.count; ++k) inputs.emplace_back(bytes_of_sample(g.values[g.inputs[k]]));
    for (int k = 0; k < g.outputs.count; ++k) outputs.emplace_back(bytes_of_sample(g.values[g.outputs[k]]));
  }

  Regions regions(std::vector<const void*>& in, std::vector<void*>& out) {
    for (Memory& m : inputs) in.push_back(m.data());
    for (Memory& m : outputs) out.push_back(m.data());
    Regions r;
    r.weights = weights.data();
    r.arena = arena.data();
    r.inputs = in.data();
    r.outputs = out.data();
    r.states = states.data();
    return r;
  }

  void take(std::span<const std::span<const std::byte>> given) {
    const auto& g = program->graph;
    if (given.size() != inputs.size())
      throw Error("'" + model->name + "' takes " + std::to_string(inputs.size()) + " inputs, not " +
                  std::to_string(given.size()));
    for (std::size_t k = 0; k < given.size(); ++k) {
      const std::size_t wanted = bytes_of_sample(g.values[g.inputs[static_cast<int>(k)]]);
      if (given[k].size() != wanted)
        throw Error("input " + std::to_string(k) + " of '" + model->name + "' takes " +
                    std::to_string(wanted) + " bytes, not " + std::to_string(given[k].size()));
      std::memcpy(inputs[k].data(), given[k].data(), wanted);
    }
  }

  void keep(int value, const Regions& regions) {
    const Value& v = program->graph.values[value];
    const auto* from = static_cast<const std::byte*>(locate(v.role, program->plan.offset[value], regions));
    const auto at = static_cast<std::size_t>(value);
    traced[at] = {from, from + bytes_of_sample(v)};
    if (at < model->values.size()) traced[at] = model->values[at].kept.inflate(traced[at]);
  }
};

ModelSession::ModelSession(const ImportedModel& model, bool fuse) {
  parts_ = std::make_unique<Parts>(model, program_of(model, false, fuse));
}
ModelSession::~ModelSession() = default;
ModelSession::ModelSession(ModelSession&&) noexcept = default;
ModelSession& ModelSession::operator=(ModelSession&&) noexcept = default;

int ModelSession::inputs() const { return static_cast<int>(parts_->inputs.size()); }
int ModelSession::outputs() const { return static_cast<int>(parts_->outputs.size()); }
std::size_t ModelSession::input_bytes(int k) const {
  const auto& g = parts_->program->graph;
  return bytes_of_sample(g.values[g.inputs[k]]);
}
std::size_t ModelSession::output_bytes(int k) const {
  const auto& g = parts_->program->graph;
  return bytes_of_sample(g.values[g.outputs[k]]);
}
int ModelSession::arena_bytes() const { return parts_->program->plan.arena_bytes; }
int ModelSession::arena_lower_bound() const { return parts_->program->plan.lower_bound; }
int ModelSession::weight_bytes() const { return parts_->program->plan.weight_bytes; }
int ModelSession::state_bytes() const { return parts_->program->plan.state_bytes; }

void ModelSession::run(std::span<const std::span<const std::byte>> inputs) {
  parts_->take(inputs);
  std::vector<const void*> in;
  std::vector<void*> out;
  const Regions regions = parts_->regions(in, out);
  run_program(*parts_->program, 0, parts_->program->graph.steps.count, regions);
}
void ModelSession::run(std::span<const std::byte> input) { run({&input, 1}); }

void ModelSession::trace(std::span<const std::span<const std::byte>> inputs) {
  parts_->take(inputs);
  std::vector<const void*> in;
  std::vector<void*> out;
  const Regions regions = parts_->regions(in, out);
  const auto& g = parts_->program->graph;
  parts_->traced.assign(static_cast<std::size_t>(g.values.count), {});
  for (int v = 0; v < g.values.count; ++v)
    if (g.values[v].role != Role::temporary && g.values[v].role != Role::output) parts_->keep(v, regions);
  for (int s = 0; s < g.steps.count; ++s) {
    run_program(*parts_->program, s, s + 1, regions);
    const Step& step = g.steps[s];
    for (int k = 0; k < step.outputs; ++k)
      if (g.result(step, k) >= 0) parts_->keep(g.result(step, k), regions);
  }
}
void ModelSession::reset() {
  std::memset(parts_->states.data(), 0, static_cast<std::size_t>(parts_->program->plan.state_bytes));
}

void ModelSession::trace(std::span<const std::byte> input) { trace({&input, 1}); }

std::span<const std::byte> ModelSession::output(int k) const {
  const auto& g = parts_->program->graph;
  const int value = g.outputs[k];
  // An input or a weight can be an output too, and one value several: it lies in one place.
  std::vector<const void*> in;
  std::vector<void*> out;
  const Regions regions = parts_->regions(in, out);
  const void* const at = locate(g.values[value].role, parts_->program->plan.offset[value], regions);
  return {static_cast<const std::byte*>(at), output_bytes(k)};
}
std::span<const std::byte> ModelSession::value(int value) const {
  if (value < 0 || value >= static_cast<int>(parts_->traced.size())) return {};
  return parts_->traced[static_cast<std::size_t>(value)];
}

}  // namespace etch::host
