// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/chosen_backward.hpp>
#include <runtime/kernels/transposed_convolution.hpp>

namespace etch::ops {

/// What both kinds of convolution are told besides shapes. A shape of two axes, [length, channels], is one of
/// height 1.
struct ConvolutionAttributes {
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int top = 0, left = 0;  ///< taps of the first window that lie before the data
  int groups = 1;
  int use_bias = 1;
  ActivationKind activation = ActivationKind::linear;  ///< fused by the passes for prediction
};

namespace detail {

constexpr int height_of(const Shape& s) { return s.rank == 3 ? s[0] : 1; }

/// The convolution that leads from `in` to `out`.
constexpr kernels::Convolution convolution_of(const ConvolutionAttributes& a, const Shape& in,
                                              const Shape& out) {
  return {{height_of(in), height_of(out), a.kernel_height, a.stride_height, a.dilation_height, a.top},
          {in[in.rank - 2], out[out.rank - 2], a.kernel_width, a.stride_width, a.dilation_width, a.left},
          in.last(),
          out.last(),
          a.groups};
}

/// Parameters: kernel, bias (if use_bias).
template <bool transposed>
struct ConvolutionOp : OpDefaults {
  static constexpr bool trains = true;
  using Attributes = ConvolutionAttributes;
  struct Description {
    Phase phase = Phase::forward;
    kernels::ConvolutionForward forward;
    kernels::ConvolutionBackward backward;
    int fixed = 0;
    const kernels::ChosenChannels* chosen = nullptr;
  };

  static constexpr kernels::Convolution convolution(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return transposed ? convolution_of(a, s.out, s.in) : convolution_of(a, s.in, s.out);
  }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.use_bias) || !is_kind(a.activation))
      return "a convolution has a bias or activation that does not exist";
    if (s.in.rank < 2 || s.in.rank > 3 || s.out.rank != s.in.rank)
      return "a convolution has an input and a result of 2 or 3 axes";
    if (a.groups < 1 || s.in.last() % a.groups != 0 || s.out.last() % a.groups != 0)
      return "the groups of a convolution have to divide its channels and filters";
    const kernels::Convolution c = convolution(s);
    const auto fits = [](const kernels::ConvolutionAxis& axis) {
      return WindowWalk{axis.out, axis.kernel, axis.stride, axis.dilation, axis.pad}.fits();
    };
    return fits(c.h) && fits(c.w) ? nullptr : wrong_windows;
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    const kernels::Convolution c = convolution(s);
    StepOperands o;
    o.input(ends.x.elements);
    o.weight(volume({a.kernel_height, a.kernel_width, c.group_channels(), c.filters}));
    if (a.use_bias) o.weight(s.out.last());
    o.result(ends.y.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr bool reads_input(const Step& s) { return trains_weight(s, 0); }
  static constexpr bool trains_channels(const Step& s) {
    return !transposed && unpack<Attributes>(s.attributes).groups == 1;
  }
  /// The gradients of the channels that train.
  static constexpr Value scratch(const Step& s) {
    if (s.phase != Phase::backward || !s.chosen) return {};
    return {convolution(s).positions() * s.chosen->count, Role::temporary, true};
  }
  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr bool adds_gradient(const Step& s) { return s.input_gradient; }
  /// A gradient that is added to another may take its place.
  static constexpr int overwrites(const Step& s, int output) {
    return s.adds && output == 0 ? s.inputs - 1 : -1;
  }
  static constexpr long long macs(const Step& s) {
    const kernels::Convolution c = convolution(s);
    return static_cast<long long>(c.positions()) * c.lines() * c.filters;
  }

  static constexpr bool fuse_activation(Words& words, ActivationKind kind) {
    if (unpack<Attributes>(words).activation != ActivationKind::linear) return false;
    exchange_activation<Attributes>(words, kind);
    return true;
  }
  static constexpr NormFold norm_fold(const Step& s) {
    return {unpack<Attributes>(s.attributes).activation == ActivationKind::linear,
            transposed ? s.in.last() : 1};
  }
  static constexpr void set_bias(Words& words) {
    auto a = unpack<Attributes>(words);
    a.use_bias = 1;
    words = pack(a);
  }

  static constexpr bool samples_apart(const Step& s) { return s.phase != Phase::backward; }
  static constexpr int shared_parts(const Step& s) {
    return s.phase == Phase::backward && !transposed && !s.chosen ? 2 : 0;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    const kernels::Convolution c = convolution(s);
    if (s.phase != Phase::backward) return {s.phase, {c, a.use_bias, a.activation}, {}};
    return {s.phase, {}, {c, a.use_bias, s.input_gradient, s.trainable, s.adds}, s.fixed, s.chosen};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const bool bias = d.forward.bias != 0;
    const T* const b = bias ? p[2] : nullptr;
    T* const y = p[bias ? 3 : 2];
    if constexpr (transposed)
      kernels::transposed_convolution_forward<T>(d.forward, call.rows, p[0], p[1], b, y);
    else
      kernels::convolution_forward<T>(d.forward, call.rows, p[0], p[1], b, y);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, d.backward.bias ? 2 : 1);
    const auto kernel = p.sink(at, 0, d.fixed);
    const auto bias = p.sink_if(d.backward.bias, at, 1, d.fixed);
    const T* const other = d.backward.adds ? p[at.dx] : nullptr;
    T* const dx = p[at.dx + d.backward.adds];
    if constexpr (transposed)
      kernels::transposed_convolution_backward<T>(d.backward, call.hyper, call.rows, p[0], p[at.x],
                                                  p[at.weights], dx, kernel, bias, other);
    else if (d.chosen)
      kernels::convolution_chosen_backward<T>(d.backward, *d.chosen, call.hyper, call.rows, p[0], p[at.x],
                                              p[at.weights], dx, p[at.scratch + d.backward.adds], kernel,
                                              bias, other);
    else
      kernels::convolution_backward<T>(d.backward, call.hyper, call.rows, p[0], p[at.x], p[at.weights], dx,
                                       kernel, bias, other);
  }
  /// First the input gradient, from the weights as they were, then the weights.
  template <class T, class R>
  static void run_share(const Description& d, const kernels::Call& call, TrainingOperands<T, R> p, int part,
                        kernels::Share share) {
    const kernels::ConvolutionBackward& c = d.backward;
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, c.bias ? 2 : 1);
    if (part == 0 && c.input_gradient)
      kernels::convolution_input_share<T>(c, call.rows, share, p[0], p[at.weights], p[at.dx + c.adds],
                                          c.adds ? p[at.dx] : nullptr);
    if (part == 1 && c.trainable)
      kernels::convolution_weight_share<T>(c, call.hyper, call.rows, share, p[0], p[at.x],
                                           p.sink(at, 0, d.fixed), p.sink_if(c.bias, at, 1, d.fixed));
  }
};

}  // namespace detail

/// y = f(convolution of x + bias); kernel [height, width, channels / groups, filters].
struct Convolution : detail::ConvolutionOp<false> {
  static constexpr const char* name = "Convolution";

  static constexpr ActivationKind split_activation(Words& words) {
    return exchange_activation<Attributes>(words, ActivationKind::linear);
  }
  static constexpr Int8Form int8_form(const Step& s) {
    const int groups = unpack<Attributes>(s.attributes).groups;
    return groups == 1 ? Int8Form::convolution : groups == s.in.last() ? Int8Form::depthwise : Int8Form::real;
  }
};

/// The gradient of a convolution as an op of its own; kernel [height, width, filters, channels].
struct TransposedConvolution : detail::ConvolutionOp<true> {
  static constexpr const char* name = "TransposedConvolution";
};

}  // namespace etch::ops
