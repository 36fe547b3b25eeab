// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/recurrent.hpp>

namespace etch::ops {

/// Long short-term memory along the time axis; formulas and what training keeps: kernels/portable/lstm.hpp.
struct LSTM : RecurrentOp<2, 4> {
  static constexpr const char* name = "LSTM";

  static constexpr GradientRule gradient(const Step& s) { return with_states(rule, stateful(s)); }
  static constexpr Value saved(const Step& s, int k) {
    return k == 0 ? per_row(kernels::lstm_block(kernel_of(s))) : kept_states(s);
  }
  static constexpr Value scratch(const Step& s) {
    if (s.phase == Phase::forward) return call_scratch(kernels::lstm_scratch(kernel_of(s)));
    return s.phase == Phase::backward ? saved(s, 0) : Value{};
  }
  /// dx over x, and the scratch over what training kept.
  static constexpr int overwrites(const Step& s, int output) {
    if (s.phase != Phase::backward) return -1;
    const int inputs = s.outputs - 1;
    return output == 0 ? x_operand(s) : output == inputs ? x_operand(s) + inputs : -1;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const bool keeps = d.phase == Phase::training;
    const ForwardLayout at = forward_at(d, keeps ? with_states(rule, d.stateful).saved : 0);
    keep_states(d, call, p, at.saved + 1);
    kernels::lstm_forward<T>(d.recurrent, call.rows, input(d, p, 0), weights(d, p, at.weights),
                             output(d, p, at.y), keeps ? p[at.saved] : nullptr,
                             keeps ? nullptr : p[at.scratch]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const BackwardLayout at = backward_at(d, with_states(rule, d.stateful));
    kernels::lstm_backward<T>(d.recurrent, call.hyper, call.rows, output(d, p, 0),
                              past_input(d, call, p, at.x, at.saved + 1), p[at.saved],
                              weights(d, p, at.weights), p[at.dx], d.initial_state ? p[at.dx + 1] : nullptr,
                              d.initial_state ? p[at.dx + 2] : nullptr, p[at.scratch], sinks(d, p, at));
  }

 private:
  static constexpr GradientRule rule{.needs_input = true, .saved = 1, .trains_as_forward = false};
};

}  // namespace etch::ops
