// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/program.hpp>

namespace etch {

namespace detail {
template <class T, class Op, class G>
void interpret_step(const G& graph, const Step& step, const kernels::Call& call, void* const* operands) {
  const auto description = Op::describe(graph, step);
  Op::template run<T>(description, call, {operands});
}
}  // namespace detail

/// Runs one step of a graph that is known only at run time, on operands wherever they lie.
template <class T, Sizes S>
void interpret_step(const Graph<S>& graph, const Step& step, const kernels::Call& call,
                    void* const* operands) {
  visit_op(step.op, [&](auto op) { detail::interpret_step<T, decltype(op)>(graph, step, call, operands); });
}

/// Runs the steps [first, last) of a program that is known only at run time: the same graph, plan and kernel
/// bodies as compiled code, chosen by a loop instead of by the compiler. T is the element type the program
/// was planned for.
template <class T, Sizes S>
void interpret(const Program<S>& program, int first, int last, const kernels::Call& call,
               const Regions& regions) {
  for (int s = first; s < last; ++s) {
    const Step& step = program.graph.steps[s];
    void* operands[detail::max_operands];
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int value = program.graph.operands[step.first + k];
      operands[k] =
          value < 0 ? nullptr : locate(program.graph.values[value].role, program.plan.offset[value], regions);
    }
    interpret_step<T>(program.graph, step, detail::repeated(call, step.repeat), operands);
  }
}

}  // namespace etch
