// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/lower.hpp>
#include <etch/passes/rewrite.hpp>

#include <cstdint>
#include <runtime/kernels/target.hpp>

// A program as data in a source file: what a tool writes of a model that no declaration stands for.
namespace etch {

/// A value and its place. Of inputs and outputs that is their index among the caller's.
struct StoredValue {
  int elements = 0;
  ElementType type = ElementType::real;
  Role role = Role::temporary;
  int offset = 0;
  bool per_row = true;
};

/// A step; its operands follow those of the step before it in one list, inputs first.
using StoredStep = Step;

namespace detail {
struct CopyFields {
  constexpr void field(const char*, auto& to, const auto& from) const { to = from; }
};
}  // namespace detail

/// What a stored program needs in all, in bytes.
struct StoredPlan {
  int weight_bytes = 0, arena_bytes = 0, state_bytes = 0;
};

/// The program that a tool planned: nothing is planned again, so that code and tool agree.
template <int Values, int Steps, int Operands>
constexpr auto stored_program(const StoredValue (&values)[Values], const StoredStep (&steps)[Steps],
                              const std::int16_t (&operands)[Operands], const StoredPlan& plan,
                              Numerics numerics = Numerics::separate) {
  Program<Sizes{0, Values, Steps, Operands, 0}> program;
  program.graph.stage = Stage::inferred;
  program.graph.numerics = numerics;
  program.plan.weight_bytes = plan.weight_bytes;
  program.plan.arena_bytes = plan.arena_bytes;
  program.plan.state_bytes = plan.state_bytes;
  for (int v = 0; v < Values; ++v) {
    value_fields(detail::CopyFields{}, program.graph.values[program.graph.values.push({})], values[v]);
    program.plan.offset[v] = values[v].offset;
  }
  int first = 0;
  for (const StoredStep& stored : steps) {
    Step& step = program.graph.steps[program.graph.steps.push(stored)];
    step.first = first;
    first += step.inputs + step.outputs;
  }
  for (const std::int16_t operand : operands) program.graph.operands.push(operand);
  return program;
}

namespace detail {
/// Whether each step of a program of one sample has as much scratch as the kernels of this compilation take.
template <Sizes S>
constexpr bool has_scratch(const Program<S>& program) {
  for (const Step& step : program.graph.steps) {
    const int wanted = sample_elements(step, scratch_of(step, {kernels::planned_set}));
    if (wanted > 0 && program.graph.values[program.graph.result(step, step.outputs - 1)].elements < wanted)
      return false;
  }
  return true;
}
}  // namespace detail

/// A stored program as it ships.
template <const auto& P>
struct StoredModel {
  static_assert(detail::has_scratch(P),
                "this model was planned for another core: here its kernels need more scratch than it has; "
                "write its sources again for this board");
  static constexpr const auto& program = P;
  static constexpr int weight_bytes = P.plan.weight_bytes;
  static constexpr int arena_bytes = P.plan.arena_bytes;
  static constexpr int state_bytes = P.plan.state_bytes;
  static constexpr int steps = P.graph.steps.count;

  /// Predicts one sample: inputs and outputs are the caller's, `arena` holds nothing between calls, `states`
  /// what streaming models go on from.
  [[ETCH_OF_TARGET]] static void predict(const std::byte* weights, std::byte* arena, const void* const* in,
                                         void* const* out, std::byte* states = nullptr) {
    // Prediction never writes to weights: the program's regions are shared with training, which does.
    // Nothing lies in training's regions: they take pointers at hand, as nulls would be a call of memset.
    std::byte* const parameters = const_cast<std::byte*>(weights);
    const Regions regions{parameters, parameters, parameters, arena, in, out, in, states};
    run_steps<P, 0, steps>(OneSample{}, regions);
  }

  /// One of the `steps` of `predict`, which runs them in order, and nothing else: the caller leaves arena,
  /// inputs and outputs alone until the last has run. A file that calls this makes code of all of them once
  /// more, so that it does not change what `predict` is compiled to it is one of its own.
  [[ETCH_OF_TARGET]] static void run_step(int step, const std::byte* weights, std::byte* arena,
                                          const void* const* in, void* const* out,
                                          std::byte* states = nullptr) {
    std::byte* const parameters = const_cast<std::byte*>(weights);
    run_one_step<P>(step, {.rows = 1}, {parameters, parameters, parameters, arena, in, out, in, states});
  }
};

}  // namespace etch
