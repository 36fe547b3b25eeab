// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program.hpp>

namespace etch {

namespace detail {
template <class T, class Op, class P>
void interpret_step(const P& program, const Step& step, const kernels::Call& call, void* const* operands) {
  const auto description = Op::describe(program.graph, step);
  Op::template run<T>(description, call, {operands});
}
}  // namespace detail

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
    const kernels::Call repeated = detail::repeated(call, step.repeat);
    visit_op(step.op,
             [&](auto op) { detail::interpret_step<T, decltype(op)>(program, step, repeated, operands); });
  }
}

}  // namespace etch
