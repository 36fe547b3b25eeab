// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_program.hpp>
#include <runtime/host/error.hpp>

#include <cstring>
#include <optional>
#include <utility>

namespace etch::host {

namespace {

using ImportedGraph = Graph<imported_room>;
constexpr std::int64_t most_alignment = 64;

/// What a graph needs with inputs and results outside of the arena, and within.
struct Arenas {
  int outside = 0, inside = 0;
  bool less_than(const Arenas& other) const {
    return outside <= other.outside && inside <= other.inside &&
           (outside < other.outside || inside < other.inside);
  }
};

/// Plans count bytes in int: so much of each kind can be addressed, and no board has as much.
void check_room(const ImportedGraph& graph, const std::string& name) {
  std::int64_t weights = 0, others = 0;
  for (int v = 0; v < graph.values.count; ++v)
    (v < graph.parameters.count ? weights : others) +=
        static_cast<std::int64_t>(bytes_of_sample(graph.values[v])) + most_alignment;
  for (const auto& [bytes, kind] : {std::pair{weights, "weights"}, std::pair{others, "values"}})
    if (bytes > INT32_MAX)
      throw Error("'" + name + "' has " + std::to_string(bytes) + " bytes of " + kind +
                  ": at most 2,147,483,647 are supported");
}

PlanOptions options_of(bool ends_in_arena, bool fuse) {
  return {.inputs_in_arena = ends_in_arena, .tries = fuse ? 256 : 0, .each_part = fuse};
}
int arena_of(const ImportedGraph& graph, bool inside) {
  return std::make_unique<ImportedProgram>(make_program(graph, options_of(inside, true), !inside))
      ->plan.arena_bytes;
}
Arenas arenas_of(const ImportedGraph& graph) { return {arena_of(graph, false), arena_of(graph, true)}; }

/// Brings the steps into the order that needs least. It is one order wherever inputs and results lie, so that
/// steps have the same numbers.
void order_for_memory(ImportedGraph& graph) {
  std::optional<Arenas> least;
  auto best = graph.steps;
  for (const bool inside : {false, true}) {
    const auto other = std::make_unique<ImportedGraph>(graph);
    const PlanOptions options = options_of(inside, true);
    etch::detail::settle_ends(*other, options, !inside);
    if (!order_steps(*other, options, etch::detail::Beam::most)) continue;
    const auto reordered = std::make_unique<ImportedGraph>(graph);
    reordered->steps = other->steps;
    if (!least) least = arenas_of(graph);
    const Arenas arenas = arenas_of(*reordered);
    if (!arenas.less_than(*least)) continue;
    least = arenas;
    best = other->steps;
  }
  graph.steps = best;
}

std::string named(const ImportedModel& model, int s) {
  const char* const op = visit_op(model.graph->steps[s].op, [](auto o) { return decltype(o)::name; });
  return "'" + model.name + "': step " + std::to_string(s) + " (" + op + ")";
}

/// A step may come from a file, by way of passes: it runs only if its op says that it can.
void check_steps(const ImportedModel& model) {
  for (int s = 0; s < model.graph->steps.count; ++s)
    if (const char* fault = step_fault(*model.graph, model.graph->steps[s]))
      throw Error(named(model, s) + " cannot run: " + fault);
}

/// The same of numbers in weights.
void check_constants(const ImportedModel& model) {
  const auto& g = *model.graph;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps[s];
    std::vector<const void*> weights;
    for (int k = step.inputs - step.parameters; k < step.inputs; ++k)
      weights.push_back(model.parameters[static_cast<std::size_t>(g.operand(step, k))].data());
    const char* const fault = visit_op(step.op, [&](auto op) {
      return decltype(op)::constants_fault(step, ends_of(g, step), weights.data());
    });
    if (fault) throw Error(named(model, s) + " cannot run: " + fault);
  }
}

}  // namespace

std::unique_ptr<ImportedProgram> program_of(const ImportedModel& model, bool ends_in_arena, bool fuse,
                                            kernels::KernelSets sets) {
  check_steps(model);
  const auto graph = std::make_unique<ImportedGraph>(infer(*model.graph, false, fuse, sets));
  check_room(*graph, model.name);
  if (fuse) order_for_memory(*graph);
  return std::make_unique<ImportedProgram>(
      make_program(*graph, options_of(ends_in_arena, fuse), !ends_in_arena));
}

std::vector<std::byte> weights_of(const ImportedModel& model, const ImportedProgram& program) {
  std::vector<std::byte> weights(static_cast<std::size_t>(program.plan.weight_bytes));
  for (int p = 0; p < program.graph.parameters.count; ++p) {
    const auto& bytes = model.parameters[static_cast<std::size_t>(p)];
    if (bytes.size() != bytes_of_sample(program.graph.values[p]))
      throw Error("'" + model.name + "' has a parameter of the wrong size");
    if (!bytes.empty()) std::memcpy(weights.data() + program.plan.offset[p], bytes.data(), bytes.size());
  }
  check_constants(model);
  return weights;
}

std::size_t bytes_of_sample(const Value& value) {
  return static_cast<std::size_t>(value.elements) *
         static_cast<std::size_t>(bytes_of(value.type, DType::f32));
}

}  // namespace etch::host
