// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/float_kernels.hpp>

namespace etch::kernels {

/// y = f(convolution of x + b), bias first in every sum.
struct ConvolutionForward {
  Convolution shape;
  int bias = 1;
  ActivationKind activation = ActivationKind::linear;
  constexpr bool operator==(const ConvolutionForward&) const = default;
};

/// The backward pass of a convolution or, with the same members, of a transposed one.
struct ConvolutionBackward {
  Convolution shape;
  int bias = 1, input_gradient = 1, trainable = 1;
  Rule rule = Rule::none;
  int adds = 0;  ///< dx is added to what stands there, by the portable kernels
  constexpr bool operator==(const ConvolutionBackward&) const = default;
};

}  // namespace etch::kernels

namespace etch::kernels::inline ETCH_TARGET {

/// A convolution, forward or, from its output to its input, backward.
template <bool back, class T>
[[gnu::always_inline]] inline void convolve(const Convolution& c, int rows, const T* from, const T* w,
                                            const T* start, T* to) {
  if (c.depthwise())
    convolve_depthwise<back>(c, rows, from, w, start, to);
  else
    convolve_groups<back>(c, rows, from, w, start, to);
}

/// The input gradient of a step, where it goes to: `back` of a convolution, forward of a transposed one.
template <bool back, class T>
[[gnu::always_inline]] inline void convolve_gradient(const ConvolutionBackward& d, int rows, const T* dy,
                                                     const T* w, T* dx) {
  if (!d.adds)
    convolve<back, T>(d.shape, rows, dy, w, nullptr, dx);
  else if (d.shape.depthwise())
    portable::convolve_depthwise<back, T, true>(d.shape, rows, dy, w, nullptr, dx);
  else
    portable::convolve_groups<back, T, true>(d.shape, rows, dy, w, nullptr, dx);
}

template <class T>
[[gnu::always_inline]] inline void convolution_forward(const ConvolutionForward& d, int rows, const T* x,
                                                       const T* w, const T* b, T* y) {
  const Convolution& c = d.shape;
  convolve<false>(c, rows, x, w, d.bias ? b : nullptr, y);
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, rows * c.positions(), c.filters);
}

/// dx is made first, from the weights as they were. It must not overlap x or dy.
template <class T>
[[gnu::always_inline]] inline void convolution_backward(const ConvolutionBackward& d, const Hyper& h,
                                                        int rows, const T* dy, const T* x, const T* w, T* dx,
                                                        const GradientSink<T>& kernel,
                                                        const GradientSink<T>& bias) {
  const Convolution& c = d.shape;
  if (d.input_gradient) convolve_gradient<true, T>(d, rows, dy, w, dx);
  if (!d.trainable) return;
  if (d.bias) convolve_bias(c.filters, h, rows * c.positions(), dy, bias);
  convolve_weights(c, h, rows, x, dy, kernel);
}

/// What a share of the backward pass does in its first part, the input gradient: some samples.
template <class T>
inline void convolution_input_share(const ConvolutionBackward& d, int rows, Share share, const T* dy,
                                    const T* w, T* dx) {
  const Convolution& c = d.shape;
  const Range samples = share.among(rows);
  const T* const none = nullptr;
  convolve<true, T>(c, samples.size(), dy + samples.first * c.positions() * c.filters, w, none,
                    dx + samples.first * c.inputs());
}

/// The same in its second part, which begins when the first one has ended: some rows of the kernel, and the
/// last share the bias.
template <class T>
inline void convolution_weight_share(const ConvolutionBackward& d, const Hyper& h, int rows, Share share,
                                     const T* dy, const T* x, const GradientSink<T>& kernel,
                                     const GradientSink<T>& bias) {
  const Convolution& c = d.shape;
  if (d.bias && share.is_last()) convolve_bias(c.filters, h, rows * c.positions(), dy, bias);
  convolve_weight_lines(c, h, rows, share.among(c.lines()), x, dy, kernel);
}

}  // namespace etch::kernels::inline ETCH_TARGET
