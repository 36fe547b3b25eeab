// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/declaration.hpp>
#include <codegen/train/training_fit.hpp>
#include <etch/model/declare/trained_weights.hpp>
#include <etch/passes/fit_training.hpp>
#include <etch/passes/parts.hpp>
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
using Inferred = decltype(infer(std::declval<const PlannedGraph&>(), true));

[[gnu::noinline]] std::unique_ptr<Inferred> inference_of(const PlannedGraph& graph) {
  return std::make_unique<Inferred>(infer(graph, true));
}
[[gnu::noinline]] int arena_of(const Inferred& graph, int batch) {
  return std::make_unique<Plan<Inferred::room>>(plan(graph, PlanOptions{.batch = batch}))->arena_bytes;
}
[[gnu::noinline]] std::unique_ptr<Fitted> fitted_to(const Training& training, int batch, int limit,
                                                    std::int64_t most_work) {
  return std::make_unique<Fitted>(fit_training(training, PlanOptions{.batch = batch}, limit, most_work));
}
[[gnu::noinline]] LeastArena least_of(const Training& training, int batch, int floor, int known) {
  return least_arena(training, PlanOptions{.batch = batch}, floor, known);
}
[[gnu::noinline]] int part_arena(const Training& training, const Inferred& graph, int rows) {
  return arena_of_parts(training.graph, graph, rows);
}
[[gnu::noinline]] int part_rows(const Training& training, const Inferred& graph, int batch, int limit) {
  return rows_of_parts(training.graph, graph, batch, limit);
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

/// \param others bytes beside the arena
LeastTraining least_training(const Training& training, const LeastArena& arena, int floor, long long others) {
  LeastTraining least{others + arena.bytes, arena.bytes == floor};
  int step = step_that_makes(training, arena.largest);
  if (least.of_prediction || step < 0) return least;
  least.op = visit_op(training.graph.steps[step].op, [](auto op) { return decltype(op)::name; });
  while (step >= 0 && (least.parameter = weight_of(training, training.graph.steps[step])) < 0) {
    least.behind = true;
    step = step_that_makes(training, training.graph.operand(training.graph.steps[step], 0));
  }
  return least;
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
  const std::string undivided =
      least.whole_batch.empty()
          ? ""
          : ", and the batch does not run in parts, because " + least.whole_batch + " takes all of it";
  if (least.of_prediction) return "prediction alone takes as much" + undivided;
  if (least.op.empty()) return "no single layer decides" + undivided;
  const auto p = static_cast<std::size_t>(least.parameter);
  const bool named = least.parameter >= 0 && p < names.size();
  return "what decides is the result of " + least.op +
         (named ? (least.behind ? " behind layer " : " of layer ") + in_quotes(names[p]) : std::string()) +
         undivided;
}

struct TrainingBudget::Parts {
  std::unique_ptr<Training> training;
  std::unique_ptr<Inferred> inference;
  int batch = 1, floor = 0;
  std::unique_ptr<Training> in_parts{};  ///< of a batch of more than one sample
  int gradients = 0;                     ///< bytes of those that go on from part to part
  int whole_batch_step = -1;
  bool divides() const { return in_parts != nullptr && whole_batch_step < 0; }
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
  auto inference = inference_of(*graph);
  const int floor = arena_of(*inference, batch);
  *parts_ = {training_of(*graph, name, options), std::move(inference), batch, floor};
  if (batch == 1 || !options.fuse) return;
  parts_->in_parts = training_of(*graph, name, etch::in_parts(options));
  parts_->gradients = bytes_of_parts(parts_->in_parts->graph, PlanOptions{});
  parts_->whole_batch_step = step_of_whole_batch(*parts_->in_parts);
}
TrainingBudget::~TrainingBudget() = default;

TrainingFit TrainingBudget::within(long long ram) const {
  if (plain_.total() <= ram) return {true, plain_, {}};
  const auto limit = static_cast<int>(std::max(ram - (plain_.total() - plain_.arena), 0LL));
  const int limit_of_parts = limit - parts_->gradients;
  const int rows =
      parts_->divides() ? part_rows(*parts_->in_parts, *parts_->inference, parts_->batch, limit_of_parts) : 0;
  const std::int64_t work =
      rows > 0 ? work_of_parts(parts_of(parts_->batch, rows), parts_->gradients) : any_work;
  std::int64_t work_again = any_work;
  TrainingFit fit;
  if (limit >= parts_->floor)
    if (const auto fitted = fitted_to(*parts_->training, parts_->batch, limit, work); fitted->found) {
      fit = {true, plain_, {fitted->schedule.begin(), fitted->schedule.end()}};
      fit.memory.arena = std::max(fitted->plan.arena_bytes, parts_->floor);
      fit.memory.macs_again = etch::detail::training_macs(fitted->training.graph) - plain_.macs;
      work_again = fitted->work;
    }
  if (rows > 0) return fit.found ? fit : fit_in_parts(rows);
  TrainingFit again = again_in_parts(limit_of_parts, work_again);
  return again.found ? again : fit;
}

TrainingFit TrainingBudget::fit_in_parts(int rows) const {
  TrainingFit fit{true, plain_, {{.samples = static_cast<std::int16_t>(rows)}}};
  fit.memory.arena = part_arena(*parts_->in_parts, *parts_->inference, rows);
  fit.memory.gradients = parts_->gradients;
  fit.memory.parts = parts_of(parts_->batch, rows);
  return fit;
}

TrainingFit TrainingBudget::again_in_parts(int limit, std::int64_t most_work) const {
  if (!parts_->divides()) return {};
  const int floor = arena_of(*parts_->inference, 1);
  const std::int64_t work =
      most_work == any_work ? most_work : work_left_for_parts(most_work, parts_->batch, 1, parts_->gradients);
  if (floor > limit || work < 0) return {};
  const auto fitted = fitted_to(*parts_->in_parts, 1, limit, work);
  if (!fitted->found) return {};
  TrainingFit fit = fit_in_parts(1);
  fit.schedule.insert(fit.schedule.end(), fitted->schedule.begin(), fitted->schedule.end());
  fit.memory.arena = std::max(fitted->plan.arena_bytes, floor);
  fit.memory.macs_again = etch::detail::training_macs(fitted->training.graph) - plain_.macs;
  return fit;
}

LeastTraining TrainingBudget::least() const {
  const LeastArena at_once = least_of(*parts_->training, parts_->batch, parts_->floor, plain_.arena);
  const long long others = plain_.total() - plain_.arena;
  LeastTraining least = least_training(*parts_->training, at_once, parts_->floor, others);
  if (parts_->divides()) {
    const int floor = arena_of(*parts_->inference, 1);
    const LeastArena one_by_one =
        least_of(*parts_->in_parts, 1, floor, part_arena(*parts_->in_parts, *parts_->inference, 1));
    LeastTraining in_parts = least_training(*parts_->in_parts, one_by_one, floor, others + parts_->gradients);
    if (in_parts.ram < least.ram) least = std::move(in_parts);
  } else if (parts_->in_parts) {
    const auto& g = parts_->in_parts->graph;
    least.whole_batch =
        visit_op(g.steps[parts_->whole_batch_step].op, [](auto op) { return decltype(op)::name; });
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
                            (s.given_up < 0 && s.samples == 0 ? "" : ", " + std::to_string(s.given_up)) +
                            (s.samples == 0 ? "" : ", " + std::to_string(s.samples)) +
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
