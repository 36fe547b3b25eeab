// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/float_kernels.hpp>

namespace etch::ops {

/// What the recurrent ops share. Inputs: x [time, features], then (if `initial_state`) h [units] and for LSTM
/// c [units], then (if `masked`) a mask [time] of 0 and 1. Parameters: kernel, recurrent kernel, bias (if
/// `use_bias`). Results: y [time, units] (if `return_sequences`) or [units], then (if `return_state`) the
/// last h and for LSTM c.
struct RecurrentAttributes {
  int units = 0;
  int use_bias = 1;
  int return_sequences = 0;
  int return_state = 0;
  int go_backwards = 0;
  int initial_state = 0;
  int masked = 0;
  int reset_after = 0;  ///< GRU only
  int stateful = 0;     ///< h and c are states: read first and written last, with both flags above set
  ActivationKind activation = ActivationKind::tanh;
  ActivationKind recurrent_activation = ActivationKind::sigmoid;
  float cell_clip = 0;  ///< LSTM only, prediction only
};

struct RecurrentDescription {
  Phase phase = Phase::forward;
  int return_state = 0, initial_state = 0, masked = 0, stateful = 0;
  kernels::Recurrent recurrent;
  int fixed = 0;
};

/// \tparam States 1 (h), or 2 (h and c). \tparam Gates columns of the kernels, in units.
template <int States, int Gates>
struct RecurrentOp : OpDefaults {
  static constexpr bool trains = true;
  using Attributes = RecurrentAttributes;
  using Description = RecurrentDescription;
  static constexpr int states = States, gates = Gates;

  static constexpr bool runs_in_parts(const Step& s) { return !unpack<Attributes>(s.attributes).stateful; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    for (const int word : {a.use_bias, a.return_sequences, a.return_state, a.go_backwards, a.initial_state,
                           a.masked, a.reset_after, a.stateful})
      if (!is_flag(word)) return "a recurrent step has an option that is neither 0 nor 1";
    if (a.stateful && !(a.initial_state && a.return_state))
      return "a recurrent step that keeps its state has to read and write it";
    if (!is_elementwise_kind(a.activation) || !is_elementwise_kind(a.recurrent_activation))
      return "a recurrent step has an activation that it cannot have";
    // What training keeps of a sample, and the gates of a step, have to fit as well.
    return s.in.rank == 2 && volume({s.in[0] + std::int64_t{2}, a.units, 8}) > 0
               ? nullptr
               : "a recurrent step needs an input [time, features] and a number of units that fits it";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    const int inputs = a.initial_state ? States : 0, results = a.return_state ? States : 0;
    StepOperands o;
    o.input(ends.x.elements);
    for (int k = 0; k < inputs; ++k) o.input(a.units);
    if (a.masked) o.input(s.in[0]);
    o.weight(volume({s.in[1], Gates, a.units}));
    o.weight(volume({a.units, Gates, a.units}));
    if (a.use_bias) o.weight(volume({Gates == 3 && a.reset_after ? 2 : 1, Gates, a.units}));
    o.result(volume({a.return_sequences ? s.in[0] : 1, a.units}));
    for (int k = 0; k < results; ++k) a.stateful ? o.result_over(1 + k) : o.result(a.units);
    return o;
  }
  static constexpr long long macs(const Step& s) {
    const long long units = unpack<Attributes>(s.attributes).units;
    return s.in[0] * (s.in[1] + units) * Gates * units;
  }
  static constexpr bool sequences(const Step& s) {
    return unpack<Attributes>(s.attributes).return_sequences != 0;
  }
  static constexpr bool stateful(const Step& s) { return unpack<Attributes>(s.attributes).stateful != 0; }
  /// Backward: the first operand after the gradients of the results, which is x.
  static constexpr int x_operand(const Step& s) {
    return 1 + States * unpack<Attributes>(s.attributes).return_state;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.phase, a.return_state, a.initial_state, a.masked, a.stateful, kernel_of(s), s.fixed};
  }

 protected:
  static constexpr kernels::Recurrent kernel_of(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const bool back = s.phase == Phase::backward;
    return {s.in[1],
            a.units,
            s.in[0],
            a.use_bias,
            a.return_sequences,
            a.go_backwards,
            a.reset_after,
            a.activation,
            a.recurrent_activation,
            back && s.input_gradient,
            back && s.trainable,
            a.cell_clip};
  }
  static constexpr Value call_scratch(int elements) { return {elements, Role::temporary, false}; }
  static constexpr Value per_row(int elements) { return {elements, Role::temporary, true}; }

  /// Training overwrites the states of a stateful layer in the forward pass: it keeps what they were as the
  /// last saved value.
  static constexpr GradientRule with_states(GradientRule rule, bool stateful) {
    if (!stateful) return rule;
    ++rule.saved;
    rule.trains_as_forward = false;
    return rule;
  }
  static constexpr Value kept_states(const Step& s) { return per_row(States * kernel_of(s).units); }
  template <class T>
  [[gnu::always_inline]] static void keep_states(const Description& d, const kernels::Call& call,
                                                 Operands<T> p, int to) {
    if (!d.stateful || d.phase != Phase::training) return;
    const int n = call.rows * d.recurrent.units;
    for (int k = 0; k < States; ++k) kernels::copy_or_zero(n, p[1 + k], p[to] + k * n);
  }
  /// What the backward pass reads: with the states as they were.
  template <class T>
  [[gnu::always_inline]] static kernels::RecurrentInput<T> past_input(const Description& d,
                                                                      const kernels::Call& call,
                                                                      Operands<T> p, int at, int kept) {
    kernels::RecurrentInput<T> in = input(d, p, at);
    if (!d.stateful) return in;
    in.h = p[kept];
    in.c = p[kept] + call.rows * d.recurrent.units;
    return in;
  }

  static constexpr int inputs(const Description& d) { return 1 + States * d.initial_state + d.masked; }
  static constexpr int results(const Description& d) { return 1 + States * d.return_state; }
  static constexpr int parameters(const Description& d) { return 2 + d.recurrent.bias; }

  template <class T>
  [[gnu::always_inline]] static kernels::RecurrentInput<T> input(const Description& d, Operands<T> p,
                                                                 int at) {
    return {p[at], d.initial_state ? p[at + 1] : nullptr, d.initial_state && States > 1 ? p[at + 2] : nullptr,
            d.masked ? p[at + 1 + States * d.initial_state] : nullptr};
  }
  template <class T>
  [[gnu::always_inline]] static kernels::RecurrentWeights<T> weights(const Description& d, Operands<T> p,
                                                                     int at) {
    return {p[at], p[at + 1], d.recurrent.bias ? p[at + 2] : nullptr};
  }
  template <class T>
  [[gnu::always_inline]] static kernels::RecurrentOutput<T> output(const Description& d, Operands<T> p,
                                                                   int at) {
    return {p[at], d.return_state ? p[at + 1] : nullptr, d.return_state && States > 1 ? p[at + 2] : nullptr};
  }
  template <class T, class R>
  [[gnu::always_inline]] static kernels::RecurrentSinks<kernels::GradientSink<T, R>> sinks(
      const Description& d, TrainingOperands<T, R> p, const BackwardLayout& at) {
    return {p.sink(at, 0, d.fixed), p.sink(at, 1, d.fixed), p.sink_if(d.recurrent.bias, at, 2, d.fixed)};
  }
  static constexpr ForwardLayout forward_at(const Description& d, int saved) {
    return forward_layout(inputs(d), parameters(d), results(d), saved);
  }
  static constexpr BackwardLayout backward_at(const Description& d, const GradientRule& rule) {
    return backward_layout(rule, inputs(d), parameters(d), results(d));
  }
};

}  // namespace etch::ops
