// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/recurrent.hpp>

namespace etch::ops {

/// h' = f(b + x W + h R) along the time axis.
struct SimpleRNN : RecurrentOp<1, 1> {
  static constexpr const char* name = "SimpleRNN";

  /// The backward pass reads the state after every step: the result, if that is a sequence, else a value of
  /// its own.
  static constexpr GradientRule gradient(const Step& s) { return rule(sequences(s), stateful(s)); }
  static constexpr Value saved(const Step& s, int k) {
    if (k == (sequences(s) ? 0 : 1)) return kept_states(s);
    return per_row(s.in[0] * kernel_of(s).units);
  }
  static constexpr Value scratch(const Step& s) {
    if (s.phase == Phase::backward) return per_row(kernels::simple_rnn_backward_scratch(kernel_of(s)));
    return call_scratch(kernels::simple_rnn_scratch(kernel_of(s)));
  }
  static constexpr int overwrites(const Step& s, int output) {
    return s.phase == Phase::backward && output == 0 ? x_operand(s) : -1;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const bool sequences = d.recurrent.sequences != 0;
    const bool keeps = d.phase == Phase::training && !sequences;
    const bool training = d.phase == Phase::training;
    const ForwardLayout at = forward_at(d, training ? rule(sequences, d.stateful).saved : 0);
    keep_states(d, call, p, at.saved + (sequences ? 0 : 1));
    kernels::simple_rnn_forward<T>(d.recurrent, call.rows, input(d, p, 0), weights(d, p, at.weights),
                                   output(d, p, at.y), keeps ? p[at.saved] : nullptr, p[at.scratch]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const bool sequences = d.recurrent.sequences != 0;
    const BackwardLayout at = backward_at(d, rule(sequences, d.stateful));
    const int kept = at.saved + (sequences ? 0 : 1);
    kernels::simple_rnn_backward<T>(d.recurrent, call.hyper, call.rows, output(d, p, 0),
                                    past_input(d, call, p, at.x, kept), p[sequences ? at.y : at.saved],
                                    weights(d, p, at.weights), p[at.dx],
                                    d.initial_state ? p[at.dx + 1] : nullptr, p[at.scratch], sinks(d, p, at));
  }

 private:
  static constexpr GradientRule rule(bool sequences, bool stateful) {
    return with_states({.needs_input = true,
                        .needs_output = sequences,
                        .saved = sequences ? 0 : 1,
                        .trains_as_forward = sequences},
                       stateful);
  }
};

}  // namespace etch::ops
