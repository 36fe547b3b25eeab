// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/chosen_backward.hpp>

namespace etch::ops {

/// y = f(x W + b) over the last axis. Parameters: kernel [in, units], bias [units].
struct Dense : OpDefaults {
  static constexpr const char* name = "Dense";
  static constexpr bool trains = true;
  struct Attributes {
    int units = 0;
    int use_bias = 1;
    ActivationKind activation = ActivationKind::linear;  ///< fused by the passes for prediction
    ActivationKind input_activation =
        ActivationKind::linear;  ///< backward: the function whose result is the input
  };
  struct Description {
    Phase phase = Phase::forward;
    kernels::DenseForward forward;
    kernels::DenseBackward backward;
    int fixed = 0;
    const kernels::ChosenChannels* chosen = nullptr;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr bool sums_from_product(const Step&, int k) { return k == 0; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.use_bias) || !is_kind(a.activation) || !is_kind(a.input_activation))
      return "a dense step has a bias or activation that does not exist";
    const bool fits = a.units == s.out.last() && ends.x.elements / s.in.last() == ends.y.elements / a.units;
    return fits ? nullptr : "the result of a dense step is not its input with `units` as the last extent";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements);
    o.weight(volume({s.in.last(), a.units}));
    if (a.use_bias) o.weight(a.units);
    o.result(ends.y.elements);
    return o;
  }
  static constexpr Shape shape(const Shape& in, const Attributes& a) {
    Shape out = in;
    out.dim[static_cast<unsigned>(in.rank - 1)] = a.units;
    return out;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr bool reads_input(const Step& s) {
    return trains_weight(s, 0) || unpack<Attributes>(s.attributes).input_activation != ActivationKind::linear;
  }
  static constexpr bool trains_channels(const Step&) { return true; }
  static constexpr Value scratch(const Step& s) {
    if (s.phase != Phase::backward) return {};
    const int numbers = (s.input_gradient ? 1 : 0) + (s.chosen ? s.chosen->count : 0);
    return {s.in.size() / s.in.last() * numbers, Role::temporary, true};
  }
  static constexpr int overwrites(const Step& s, int output) {
    return s.phase == Phase::backward && output == 0 ? 1 : -1;  // dx over x, input by input
  }
  static constexpr long long macs(const Step& s) {
    return static_cast<long long>(s.in.size()) * s.out.last();
  }

  static constexpr bool fuse_activation(Words& words, ActivationKind kind) {
    if (unpack<Attributes>(words).activation != ActivationKind::linear) return false;
    exchange_activation<Attributes>(words, kind);
    return true;
  }
  static constexpr ActivationKind split_activation(Words& words) {
    return exchange_activation<Attributes>(words, ActivationKind::linear);
  }
  static constexpr bool fuse_input_activation(Words& words, ActivationKind kind) {
    auto a = unpack<Attributes>(words);
    a.input_activation = kind;
    words = pack(a);
    return true;
  }
  static constexpr NormFold norm_fold(const Step& s) {
    return {unpack<Attributes>(s.attributes).activation == ActivationKind::linear, 1};
  }
  static constexpr void set_bias(Words& words) {
    auto a = unpack<Attributes>(words);
    a.use_bias = 1;
    words = pack(a);
  }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }
  static constexpr bool samples_apart(const Step& s) { return s.phase != Phase::backward; }
  static constexpr int shared_parts(const Step& s) { return s.phase == Phase::backward && !s.chosen ? 1 : 0; }
  template <class T>
  static constexpr bool links(const Description& d) {
    return d.phase != Phase::backward && kernels::dense_forward_links<T>(d.forward);
  }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::convolution; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const int in = s.in.last(), positions = s.in.size() / in;
    if (s.phase != Phase::backward) return {s.phase, {in, a.units, positions, a.use_bias, a.activation}, {}};
    return {s.phase,
            {},
            {in, a.units, positions, a.use_bias, s.input_gradient, s.trainable, a.input_activation},
            s.fixed,
            s.chosen};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const bool bias = d.forward.bias != 0;
    kernels::dense_forward(d.forward, call.rows, p[0], p[1], bias ? p[2] : nullptr, p[bias ? 3 : 2]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const int parameters = d.backward.bias ? 2 : 1;
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, parameters);
    if (d.chosen) return run_chosen(d, call, p, at);
    kernels::dense_backward(d.backward, call.hyper, call.rows, p[0], p[at.x], p[at.weights], p[at.dx],
                            p[at.scratch], p.sink(at, 0, d.fixed),
                            p.sink_if(d.backward.bias, at, 1, d.fixed));
  }
  template <class T, class R>
  static void run_share(const Description& d, const kernels::Call& call, TrainingOperands<T, R> p, int,
                        kernels::Share share) {
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, d.backward.bias ? 2 : 1);
    kernels::dense_backward_share(d.backward, call.hyper, call.rows, share, p[0], p[at.x], p[at.weights],
                                  p[at.dx], p[at.scratch], p.sink(at, 0, d.fixed),
                                  p.sink_if(d.backward.bias, at, 1, d.fixed));
  }
  template <class T>
  static void run_link(const Description& d, Operands<T> p, kernels::Range samples, kernels::Share share) {
    const bool bias = d.forward.bias != 0;
    const int positions = d.forward.positions;
    kernels::dense_forward_link(d.forward, {samples.first * positions, samples.end * positions},
                                share.among(d.forward.in, kernels::inputs_of_share), p[0], p[1],
                                bias ? p[2] : nullptr, p[bias ? 3 : 2]);
  }

 private:
  template <class T, class R>
  [[gnu::always_inline]] static void run_chosen(const Description& d, const kernels::Call& call,
                                                TrainingOperands<T, R> p, const BackwardLayout& at) {
    kernels::dense_chosen_backward<T>(d.backward, *d.chosen, call.hyper, call.rows, p[0], p[at.x],
                                      p[at.weights], p[at.dx], p[at.scratch], p.sink(at, 0, d.fixed),
                                      p.sink_if(d.backward.bias, at, 1, d.fixed));
  }
};

}  // namespace etch::ops
