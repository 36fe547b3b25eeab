// SPDX-License-Identifier: BSL-1.0
#include <codegen/page/training_memory.hpp>
#include <etch/passes/differentiate.hpp>

#include <algorithm>
#include <memory>

namespace etch::host {

namespace {

/// Room for what is trained on devices: a graph of any size would take more stack than a thread has.
constexpr Sizes room{.parameters = 160, .values = 480, .steps = 160, .operands = 960, .ends = 16};
using Declared = Graph<room>;

bool fits(const Graph<declaration_capacity>& g) {
  const Sizes has = g.sizes();
  return has.parameters <= room.parameters && has.values <= room.values && has.steps <= room.steps &&
         has.operands <= room.operands && g.outputs.count <= max_trained_outputs;
}

struct Optimizer {
  const char* name;
  kernels::Rule rule;
};
constexpr Optimizer optimizers[]{
    {"SGD", kernels::Rule::sgd}, {"Momentum", kernels::Rule::momentum}, {"Adam", kernels::Rule::adam}};

auto trained(const Declared& declared, kernels::Rule rule) {
  return std::make_unique<decltype(differentiate(declared, {}))>(differentiate(declared, {.rule = rule}));
}

/// Whether a plan could count the bytes, which it does in int.
template <class G>
bool can_be_counted(const G& graph, int batch) {
  std::int64_t bytes = 0;
  for (const Value& v : graph.values) bytes += std::int64_t{4} * v.elements * (v.per_row ? batch : 1);
  return bytes < INT32_MAX;
}

const char* phase_text(Phase phase) {
  return phase == Phase::backward ? ", backward" : phase == Phase::training ? ", training" : "";
}

}  // namespace

std::optional<TrainingReport> training_report(const Graph<declaration_capacity>& graph) {
  const bool keeps = std::ranges::any_of(graph.values, [](const Value& v) { return v.role == Role::state; });
  const bool trains = std::ranges::any_of(graph.parameters, [](const Parameter& p) { return p.trainable; });
  if (!fits(graph) || keeps || !trains || graph.stage != Stage::declared) return {};
  const auto declared = std::make_unique<Declared>(shrink<room>(graph));
  TrainingReport report;
  for (int p = 0; p < declared->parameters.count; ++p) {
    const long long bytes = 4LL * declared->values[p].elements;
    report.weights += bytes;
    if (declared->parameters[p].trainable) report.trained += bytes;
  }
  for (const Optimizer& optimizer : optimizers) {
    const auto training = trained(*declared, optimizer.rule);
    for (const int batch : {1, 8, 32}) {
      if (!can_be_counted(training->graph, batch)) continue;
      const auto program = std::make_unique<Program<decltype(training->graph)::room>>(
          make_program(training->graph, PlanOptions{.batch = batch}, false));
      report.needs.push_back(
          {optimizer.name, batch, program->plan.arena_bytes, program->plan.optimizer_bytes});
      if (optimizer.rule != kernels::Rule::sgd || batch > 1) continue;
      report.map = memory_map(*program);
      report.arena = program->plan.arena_bytes;
      report.lower_bound = program->plan.lower_bound;
      report.steps = program->graph.steps.count;
      report.forward = training->loss_step;
      report.losses = training->backward_step - training->loss_step;
      for (const Step& step : program->graph.steps)
        report.step_names.push_back(
            visit_op(step.op, [](auto op) { return std::string(decltype(op)::name); }) +
            phase_text(step.phase));
    }
  }
  if (report.needs.empty() || report.steps == 0) return {};
  return report;
}

}  // namespace etch::host
