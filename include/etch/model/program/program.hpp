// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/order.hpp>
#include <etch/passes/plan.hpp>

#include <cstddef>

namespace etch {

/// A graph with a place for every value: what is lowered to code, or interpreted.
template <Sizes S>
struct Program {
  static constexpr Sizes room = S;
  Graph<S> graph;
  Plan<S> plan;
  PlanOptions options;
};

namespace detail {
/// Gives inputs and results the roles they have in a program.
template <Sizes S>
constexpr void settle_ends(Graph<S>& graph, const PlanOptions& options, bool results_outside) {
  for (int k = 0; results_outside && k < graph.outputs.count; ++k) {
    Value& value = graph.values.item[graph.outputs.item[k]];
    if (value.role == Role::temporary) value.role = Role::output;
  }
  for (int k = 0; options.inputs_in_arena && k < graph.inputs.count; ++k)
    graph.values.item[graph.inputs.item[k]].role = Role::temporary;
}
}  // namespace detail

/// How predictions of declared models are planned: the compiler does it.
inline constexpr PlanOptions prediction_plan{.beam = 8};

/// Plans a graph. Inputs, labels and results that live with the caller get their index instead of an offset.
/// \param results_outside the model's outputs are written straight to the caller's buffers (prediction).
template <Sizes S>
constexpr Program<S> make_program(Graph<S> graph, const PlanOptions& options, bool results_outside) {
  require_stage(
      graph.stage != Stage::declared,
      "a program is made of what infer or differentiate gives: the steps of this graph have no scratch yet");
  detail::settle_ends(graph, options, results_outside);
  Program<S> program{graph, plan(graph, options), options};
  if (options.beam > 0 && order_steps(graph, options, options.beam)) {
    const Plan<S> other = plan(graph, options);
    if (other.arena_bytes < program.plan.arena_bytes) program = {graph, other, options};
  }
  for (int k = 0; !options.inputs_in_arena && k < graph.inputs.count; ++k)
    program.plan.offset[graph.inputs.item[k]] = k;
  for (int k = 0; k < graph.outputs.count; ++k)
    if (graph.values.item[graph.outputs.item[k]].role == Role::output)
      program.plan.offset[graph.outputs.item[k]] = k;
  return program;
}

namespace detail {
/// Whether all that a step copies lies in its place already.
template <Sizes S>
constexpr bool copies_nothing(const Program<S>& program, const Step& step) {
  const auto at = [&](int operand) { return program.graph.operands.item[step.first + operand]; };
  Part p = part_of(step, 0);
  if (p.part < 0) return false;
  for (int k = 0; p.part >= 0; p = part_of(step, ++k)) {
    const int part = at(p.part), whole = at(p.whole);
    const Value& value = program.graph.values.item[part];
    if (value.role != Role::temporary || program.graph.values.item[whole].role != Role::temporary)
      return false;
    const int distance = p.element * bytes_of(value.type, program.options.dtype);
    if (program.plan.offset[part] != program.plan.offset[whole] + distance) return false;
  }
  return true;
}

/// What a step that takes each sample for `times` is told.
[[gnu::always_inline]] inline kernels::Call repeated(kernels::Call call, int times) {
  call.rows *= times;
  return call;
}
}  // namespace detail

/// The memory a program runs in, a block a region; the caller owns all of it.
struct Regions {
  std::byte* weights = nullptr;
  std::byte* optimizer = nullptr;
  std::byte* gradients = nullptr;
  std::byte* arena = nullptr;
  const void* const* inputs = nullptr;
  void* const* outputs = nullptr;
  const void* const* labels = nullptr;  ///< of each output, then one weight a sample of each output or null
  std::byte* states = nullptr;
};

/// Kernels read what is const through the same pointer type as what they write; none writes to an input or
/// label.
[[gnu::always_inline]] inline void* locate(Role role, int offset, const Regions& r) {
  switch (role) {
    case Role::parameter:
    case Role::statistic:
      return r.weights + offset;
    case Role::optimizer:
      return r.optimizer + offset;
    case Role::gradient:
      return r.gradients + offset;
    case Role::state:
      return r.states + offset;
    case Role::temporary:
      return r.arena + offset;
    case Role::input:
      return const_cast<void*>(r.inputs[offset]);
    case Role::output:
      return r.outputs[offset];
    case Role::label:
      return const_cast<void*>(r.labels[offset]);
  }
  return nullptr;
}

}  // namespace etch
