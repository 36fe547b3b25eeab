// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/recurrent.hpp>

namespace etch::ops {

/// Gated recurrent unit along the time axis; formulas and what training keeps: kernels/portable/gru.hpp.
struct GRU : RecurrentOp<1, 3> {
  static constexpr const char* name = "GRU";

  /// Beside the gates, the backward pass reads the state after every step: the result, if that is a sequence,
  /// else a value of its own.
  static constexpr GradientRule gradient(const Step& s) { return rule(sequences(s), stateful(s)); }
  static constexpr Value saved(const Step& s, int k) {
    const kernels::Recurrent d = kernel_of(s);
    if (k == (d.sequences ? 1 : 2)) return kept_states(s);
    return per_row(k == 0 ? kernels::gru_block(d) : d.steps * d.units);
  }
  static constexpr Value scratch(const Step& s) {
    if (s.phase == Phase::forward) return call_scratch(kernels::gru_scratch(kernel_of(s)));
    return s.phase == Phase::backward ? saved(s, 0) : Value{};
  }
  /// dx over x, and the scratch over the gates that training kept.
  static constexpr int overwrites(const Step& s, int output) {
    if (s.phase != Phase::backward) return -1;
    const int inputs = s.outputs - 1;
    if (output == 0) return x_operand(s);
    return output == inputs ? x_operand(s) + inputs + (sequences(s) ? x_operand(s) : 0) : -1;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const bool sequences = d.recurrent.sequences != 0;
    const bool keeps = d.phase == Phase::training;
    const ForwardLayout at = forward_at(d, keeps ? rule(sequences, d.stateful).saved : 0);
    keep_states(d, call, p, at.saved + (sequences ? 1 : 2));
    kernels::gru_forward<T>(d.recurrent, call.rows, input(d, p, 0), weights(d, p, at.weights),
                            output(d, p, at.y), keeps ? p[at.saved] : nullptr,
                            keeps && !sequences ? p[at.saved + 1] : nullptr, keeps ? nullptr : p[at.scratch]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const bool sequences = d.recurrent.sequences != 0;
    const BackwardLayout at = backward_at(d, rule(sequences, d.stateful));
    const int kept = at.saved + (sequences ? 1 : 2);
    kernels::gru_backward<T>(d.recurrent, call.hyper, call.rows, output(d, p, 0),
                             past_input(d, call, p, at.x, kept), p[at.saved],
                             p[sequences ? at.y : at.saved + 1], weights(d, p, at.weights), p[at.dx],
                             d.initial_state ? p[at.dx + 1] : nullptr, p[at.scratch], sinks(d, p, at));
  }

 private:
  static constexpr GradientRule rule(bool sequences, bool stateful) {
    return with_states({.needs_input = true,
                        .needs_output = sequences,
                        .saved = sequences ? 1 : 2,
                        .trains_as_forward = false},
                       stateful);
  }
};

}  // namespace etch::ops
