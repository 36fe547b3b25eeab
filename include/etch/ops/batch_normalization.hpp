// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/batch_normalization.hpp>

namespace etch::ops {

/// Normalization over all axes but the last. Inputs: x, then (if `masked`) a mask [first axis of x] of 0 and
/// 1: what it leaves out has no part in the statistics of training. Parameters: gamma (if scale), beta (if
/// center), moving_mean, moving_variance, each [channels].
struct BatchNormalization : OpDefaults {
  static constexpr const char* name = "BatchNormalization";
  static constexpr bool trains = true;
  struct Attributes {
    float momentum = 0.99f;
    float epsilon = 1e-3f;
    int center = 1;
    int scale = 1;
    int frozen = 0;  ///< training normalizes by the moving averages and leaves them, as prediction does
    int masked = 0;
  };
  struct Description {
    Phase phase = Phase::forward;
    kernels::BatchNorm norm;
    int frozen = 0, masked = 0;
    Again again = Again::no;
    int fixed = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.center) || !is_flag(a.scale) || !is_flag(a.frozen) || !is_flag(a.masked))
      return "a normalization has an option that is neither 0 nor 1";
    return !a.masked || s.in.rank > 1 ? nullptr : "a normalization with a mask takes [steps, ...]";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements);
    if (a.masked) o.input(s.in[0]);
    for (int k = 0; k < 2 + a.center + a.scale; ++k) o.weight(s.in.last());
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.frozen) return {};
    return {.saved = 2 + a.masked, .trains_as_forward = false};
  }
  /// The statistics of a batch are of all of it.
  static constexpr bool runs_in_parts(const Step& s) { return unpack<Attributes>(s.attributes).frozen != 0; }
  static constexpr bool restores(const Step& s) { return s.phase == Phase::training; }
  /// The normalized input, 1 / deviation, and the mask.
  static constexpr Value saved(const Step& s, int k) {
    if (k == 2) return {s.in[0], Role::temporary, true};
    return k == 0 ? Value{s.in.size(), Role::temporary, true} : Value{s.in.last(), Role::temporary, false};
  }
  static constexpr int overwrites(const Step& s, int output) {
    if (s.phase == Phase::forward || s.again == Again::from_kept) return 0;
    if (s.phase == Phase::training) return output == 1 ? 0 : -1;  // the normalized input over the input
    return output == 0 ? 0 : -1;                                  // dx over dy
  }
  static constexpr long long macs(const Step& s) { return s.in.size(); }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }
  static constexpr bool samples_apart(const Step& s) { return s.phase == Phase::forward; }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::norm; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const int channels = s.in.last();
    return {s.phase,
            {channels, s.in.size() / channels, a.center, a.scale, a.momentum, a.epsilon, s.input_gradient,
             s.trainable, s.in.size() / channels / (a.masked ? s.in[0] : 1), s.again != Again::no},
            a.frozen,
            a.masked,
            s.again,
            s.fixed};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int trained = d.norm.scale + d.norm.center, inputs = 1 + d.masked;
    const T* const gamma = d.norm.scale ? p[inputs] : nullptr;
    const T* const beta = d.norm.center ? p[inputs + d.norm.scale] : nullptr;
    T* const mean = p[inputs + trained];
    T* const variance = p[inputs + trained + 1];
    const int y = inputs + trained + 2;
    if (d.phase == Phase::forward) {
      kernels::batch_norm_forward<T>(d.norm, call.rows, p[0], gamma, beta, mean, variance, p[y]);
      return;
    }
    if (d.again == Again::from_kept) {
      kernels::batch_norm_restore<T>(d.norm, call.rows, p[0], gamma, beta, p[y]);
      return;
    }
    const T* const mask = d.masked ? p[1] : nullptr;
    kernels::batch_norm_training<T>(d.norm, call.rows, p[0], mask, gamma, beta, mean, variance, p[y],
                                    p[y + 1], p[y + 2]);
    const int told = mask ? call.rows * d.norm.positions / d.norm.mask_span : 0;
    for (int i = 0; i < told; ++i) p[y + 3][i] = mask[i];
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const int trained = d.norm.scale + d.norm.center, parameters = trained + 2, inputs = 1 + d.masked;
    if (d.frozen) {
      const BackwardLayout at = backward_layout({}, inputs, parameters);
      kernels::batch_norm_frozen_backward<T>(
          d.norm, call.hyper, call.rows, p[0], d.norm.scale ? p[at.weights] : nullptr,
          p[at.weights + trained + 1], p[at.dx], p.sink_if(d.norm.center, at, d.norm.scale, d.fixed));
      return;
    }
    const BackwardLayout at = backward_layout({.saved = 2 + d.masked}, inputs, parameters);
    kernels::batch_norm_backward<T>(
        d.norm, call.hyper, call.rows, p[0], p[at.saved], p[at.saved + 1],
        d.masked ? p[at.saved + 2] : nullptr, d.norm.scale ? p[at.weights] : nullptr, p[at.dx],
        p.sink_if(d.norm.scale, at, 0, d.fixed), p.sink_if(d.norm.center, at, d.norm.scale, d.fixed));
  }
};

}  // namespace etch::ops
