// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/declaration.hpp>
#include <codegen/train/training_fit.hpp>
#include <etch/model/declare/trained_weights.hpp>
#include <etch/passes/fit_training.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>

namespace etch::host {

namespace {

/// Room for what is trained on devices: a search keeps thousands of states of a graph on the stack.
constexpr Sizes search_room{.parameters = 128, .values = 640, .steps = 320, .operands = 2560, .ends = 18};
using Training = TrainingGraph<search_room>;
using Fitted = FittedGraph<fitted_sizes(search_room)>;

bool has_room(const Sizes& has) {
  return has.parameters <= search_room.parameters && has.values <= search_room.values &&
         has.steps <= search_room.steps && has.operands <= search_room.operands &&
         has.ends <= search_room.ends;
}

// Graphs are large objects: each of these has a frame of its own, which is gone before the next one needs the
// stack.

using Differentiated = decltype(differentiate(std::declval<const PlannedGraph&>(), TrainingOptions{}));

[[gnu::noinline]] std::unique_ptr<Differentiated> training_graph_of(const PlannedGraph& graph,
                                                                    const TrainingOptions& options) {
  return std::make_unique<Differentiated>(differentiate(graph, options));
}
[[gnu::noinline]] std::unique_ptr<Training> training_of(const PlannedGraph& graph, const std::string& name,
                                                        const TrainingOptions& options) {
  const auto training = training_graph_of(graph, options);
  const Sizes has = training->graph.sizes();
  if (!has_room(has))
    throw Error("training of '" + name + "' has " + std::to_string(has.steps) + " steps and " +
                std::to_string(has.values) + " values, and of at most " + std::to_string(search_room.steps) +
                " and " + std::to_string(search_room.values) +
                " a schedule is looked for here: let the compiler do it, by fit_in without a schedule");
  return std::make_unique<Training>(shrink_training<search_room>(*training));
}
[[gnu::noinline]] int inference_arena(const PlannedGraph& graph, int batch) {
  const auto inferred = std::make_unique<decltype(infer(graph, true))>(infer(graph, true));
  return std::make_unique<Plan<decltype(infer(graph, true))::room>>(
             plan(*inferred, PlanOptions{.batch = batch}))
      ->arena_bytes;
}
[[gnu::noinline]] std::unique_ptr<Fitted> fitted_to(const Training& training, int batch, int limit) {
  return std::make_unique<Fitted>(fit_training(training, PlanOptions{.batch = batch}, limit));
}

/// The step of the forward pass that makes a value, or -1.
int step_that_makes(const Training& training, int value) {
  const auto& g = training.graph;
  for (int s = 0; s < training.backward_step; ++s)
    for (int k = 0; k < g.steps[s].outputs; ++k)
      if (g.result(g.steps[s], k) == value) return s;
  return -1;
}

/// The first weight that a step reads, or -1.
int weight_of(const Training& training, const Step& step) {
  const auto& g = training.graph;
  for (int k = 0; k < step.inputs; ++k)
    if (const int v = g.operand(step, k); v >= 0 && g.values[v].role == Role::parameter) return v;
  return -1;
}

}  // namespace

NamedGraph declared_graph(const ImportedModel& model, bool saved) {
  NamedGraph named;
  if (saved) {
    named.graph = std::make_unique<DeclaredGraph>(*model.graph);
    for (int p = 0; p < model.graph->parameters.count; ++p) {
      const std::string& weight = model.values[static_cast<std::size_t>(p)].name;
      named.names.push_back(weight.substr(0, weight.rfind('/')));
    }
  } else {
    const declare::Traced traced = declare::trace(declare::declaration_of(model));
    named.graph = std::make_unique<DeclaredGraph>(traced.builder->graph);
    const etch::detail::WeightNames names{*traced.notes};
    for (int p = 0; p < named.graph->parameters.count; ++p) named.names.emplace_back(names.layer(p));
  }
  check_room(model.name, *named.graph);
  if (std::ranges::none_of(named.graph->parameters, [](const Parameter& p) { return p.trainable; }))
    throw Error("'" + model.name + "' has no weight to train");
  return named;
}

std::string deciding_text(const LeastTraining& least, const std::vector<std::string>& names) {
  if (least.of_prediction) return "prediction alone takes as much";
  if (least.op.empty()) return "no single layer decides";
  const auto p = static_cast<std::size_t>(least.parameter);
  const bool named = least.parameter >= 0 && p < names.size();
  return "what decides is the result of " + least.op +
         (named ? (least.behind ? " behind layer " : " of layer ") + in_quotes(names[p]) : std::string());
}

struct TrainingBudget::Parts {
  std::unique_ptr<Training> training;
  int batch = 1, floor = 0;
};

bool TrainingBudget::searches(const DeclaredGraph& declared, const TrainingOptions& options) {
  if (!is_planned(declared)) return false;
  const auto graph = std::make_unique<const PlannedGraph>(shrink<PlannedGraph::room>(declared));
  return has_room(training_graph_of(*graph, options)->graph.sizes());
}
TrainingBudget::TrainingBudget(const DeclaredGraph& declared, const std::string& name,
                               const TrainingOptions& options, int batch)
    : parts_(std::make_unique<Parts>()), plain_(training_memory_of(declared, options, batch)) {
  const auto graph = std::make_unique<const PlannedGraph>(shrink<PlannedGraph::room>(declared));
  *parts_ = {training_of(*graph, name, options), batch, inference_arena(*graph, batch)};
}
TrainingBudget::~TrainingBudget() = default;

TrainingFit TrainingBudget::within(long long ram) const {
  if (plain_.total() <= ram) return {true, plain_, {}};
  const long long limit = ram - (plain_.total() - plain_.arena);
  if (limit < parts_->floor) return {};
  const auto fitted = fitted_to(*parts_->training, parts_->batch, static_cast<int>(limit));
  if (!fitted->found) return {};
  TrainingFit fit{true, plain_, {fitted->schedule.begin(), fitted->schedule.end()}};
  fit.memory.arena = std::max(fitted->plan.arena_bytes, parts_->floor);
  fit.memory.macs_again = etch::detail::training_macs(fitted->training.graph) - plain_.macs;
  return fit;
}

LeastTraining TrainingBudget::least() const {
  const Training& training = *parts_->training;
  const LeastArena arena =
      least_arena(training, PlanOptions{.batch = parts_->batch}, parts_->floor, plain_.arena);
  LeastTraining least{plain_.total() - plain_.arena + arena.bytes, arena.bytes == parts_->floor};
  int step = step_that_makes(training, arena.largest);
  if (least.of_prediction || step < 0) return least;
  least.op = visit_op(training.graph.steps[step].op, [](auto op) { return decltype(op)::name; });
  while (step >= 0 && (least.parameter = weight_of(training, training.graph.steps[step])) < 0) {
    least.behind = true;
    step = step_that_makes(training, training.graph.operand(training.graph.steps[step], 0));
  }
  return least;
}

std::vector<TrainingFit> training_fits(const TrainingBudget& budget,
                                       const std::function<void(int, int)>& progress) {
  constexpr int parts = 6;
  std::vector<TrainingFit> fits;
  const long long most = budget.plain().total(), least = budget.least().ram;
  for (int k = 0; k <= parts; ++k) {
    if (progress) progress(k, parts + 1);
    TrainingFit fit = budget.within(most - (most - least) * k / parts);
    const bool is_new = fits.empty() || fits.back().memory.total() != fit.memory.total();
    if (fit.found && is_new) fits.push_back(std::move(fit));
  }
  return fits;
}

std::string schedule_text(const TrainingFit& fit, long long ram) {
  constexpr std::size_t longest = 110;
  std::string text = "inline constexpr etch::ScheduledStep schedule[]{", line;
  line.swap(text);
  for (std::size_t i = 0; i < fit.schedule.size(); ++i) {
    const ScheduledStep& s = fit.schedule[i];
    const std::string one = "{" + std::to_string(s.step) +
                            (s.given_up < 0 ? "" : ", " + std::to_string(s.given_up)) +
                            (i + 1 < fit.schedule.size() ? "}," : "}};");
    if (line.size() + 1 + one.size() > longest) {
      text += line + "\n";
      line = "   ";
    }
    line += (i > 0 ? " " : "") + one;
  }
  return text + line + "\ninline constexpr auto fitted = etch::fit_in(" + std::to_string(ram) +
         ", schedule, network);\n";
}

}  // namespace etch::host
