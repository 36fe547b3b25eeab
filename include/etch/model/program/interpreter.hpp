// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/program.hpp>
#include <runtime/kernels/target.hpp>

namespace etch {

/// What ops read of a graph to describe a step, whatever the graph's capacities: so that each kernel is
/// compiled once for all of them. The graph outlives the view.
struct GraphView {
  const Value* values = nullptr;
  const std::int16_t* operands = nullptr;
  Numerics numerics = Numerics::separate;

  template <Sizes S>
  GraphView(const Graph<S>& graph)
      : values(graph.values.item), operands(graph.operands.item), numerics(graph.numerics) {}

  int operand(const Step& step, int i) const { return operands[step.first + i]; }
  int result(const Step& step, int i = 0) const { return operands[step.first + step.inputs + i]; }
};

/// The same of a program.
struct ProgramView {
  GraphView graph;
  const Step* steps = nullptr;
  const int* offset = nullptr;  ///< of each value in its region

  template <Sizes S>
  ProgramView(const Program<S>& program)
      : graph(program.graph), steps(program.graph.steps.item), offset(program.plan.offset) {}
};

}  // namespace etch

namespace etch::detail::inline ETCH_TARGET {
template <class T, class Op>
void interpret_step(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands) {
  const auto description = Op::describe(graph, step);
  if constexpr (Op::trains)
    if (step.phase == Phase::backward)
      return Op::template run_backward<T>(description, call,
                                          TrainingOperands<T, kernels::Rule>{{operands}, step.rule});
  Op::template run<T>(description, call, {operands});
}
}  // namespace etch::detail::inline ETCH_TARGET

namespace etch::inline ETCH_TARGET {

/// Runs a step of an op of whole numbers.
inline void interpret_whole_step(const GraphView& graph, const Step& step, const kernels::Call& call,
                                 void* const* operands) {
  visit_op(step.op, [&](auto op) {
    using Op = decltype(op);
    if constexpr (Op::whole_numbers) detail::interpret_step<float, Op>(graph, step, call, operands);
  });
}

/// Runs one step of a graph that is known only at run time, on operands wherever they lie.
/// \param whole runs it if it is of whole numbers: kernels of these do not depend on T, and who interprets
/// with several types compiles them once.
template <class T, class Whole>
void interpret_step(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands, const Whole& whole) {
  visit_op(step.op, [&](auto op) {
    if constexpr (decltype(op)::whole_numbers)
      whole(graph, step, call, operands);
    else
      detail::interpret_step<T, decltype(op)>(graph, step, call, operands);
  });
}

/// Runs the steps [first, last) of a program that is known only at run time: the same graph, plan and kernel
/// bodies as compiled code, chosen by a loop instead of by the compiler. T is the element type the program
/// was planned for: double, or the `FloatOf` its numerics.
/// \param whole as of `interpret_step`.
template <class T, class Whole = decltype(interpret_whole_step)>
void interpret(const ProgramView& program, int first, int last, const kernels::Call& call,
               const Regions& regions, const Whole& whole = interpret_whole_step) {
  for (int s = first; s < last; ++s) {
    const Step& step = program.steps[s];
    void* operands[detail::max_operands];
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int value = program.graph.operand(step, k);
      operands[k] =
          value < 0 ? nullptr : locate(program.graph.values[value].role, program.offset[value], regions);
    }
    interpret_step<T>(program.graph, step, detail::repeated(call, step.repeat), operands, whole);
  }
}

}  // namespace etch::inline ETCH_TARGET
