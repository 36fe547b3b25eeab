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

/// The input gradient of some samples: `back` of a convolution, forward of a transposed one. \param other a
/// gradient that it is added to, if it is. It may be `dx`.
template <bool back, class T>
[[gnu::always_inline]] inline void convolve_gradient(const ConvolutionBackward& d, int rows, const T* dy,
                                                     const T* w, T* dx, const T* other) {
  const Convolution& c = d.shape;
  if (!d.adds) return convolve<back, T>(c, rows, dy, w, nullptr, dx);
  const int n = rows * (back ? c.inputs() : c.positions() * c.filters);
  for (int i = 0; other != dx && i < n; ++i) dx[i] = other[i];
  if (c.depthwise())
    portable::convolve_depthwise<back, T, true>(c, rows, dy, w, nullptr, dx);
  else
    portable::convolve_groups<back, T, true>(c, rows, dy, w, nullptr, dx);
}

template <class T>
[[gnu::always_inline]] inline void convolution_forward(const ConvolutionForward& d, int rows, const T* x,
                                                       const T* w, const T* b, T* y) {
  const Convolution& c = d.shape;
  convolve<false>(c, rows, x, w, d.bias ? b : nullptr, y);
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, rows * c.positions(), c.filters);
}

/// dx is made first, from the weights as they were. It must not overlap x or dy. \param other as above.
template <class T, class Sink>
[[gnu::always_inline]] inline void convolution_backward(const ConvolutionBackward& d, const Hyper& h,
                                                        int rows, const T* dy, const T* x, const T* w, T* dx,
                                                        const Sink& kernel, const Sink& bias,
                                                        const T* other = nullptr) {
  const Convolution& c = d.shape;
  if (d.input_gradient) convolve_gradient<true, T>(d, rows, dy, w, dx, other);
  if (!d.trainable) return;
  if (d.bias && bias.is_open()) convolve_bias(c.filters, h, rows * c.positions(), dy, bias);
  if (kernel.is_open()) convolve_weights(c, h, rows, x, dy, kernel);
}

/// What a share of the backward pass does in its first part, the input gradient: some samples.
template <class T>
inline void convolution_input_share(const ConvolutionBackward& d, int rows, Share share, const T* dy,
                                    const T* w, T* dx, const T* other = nullptr) {
  const Convolution& c = d.shape;
  const Range samples = share.among(rows);
  const int first = samples.first * c.inputs();
  convolve_gradient<true, T>(d, samples.size(), dy + samples.first * c.positions() * c.filters, w, dx + first,
                             other + (d.adds ? first : 0));
}

/// The same in its second part, which begins when the first one has ended: some rows of the kernel, and the
/// last share the bias.
template <class T, class Sink>
inline void convolution_weight_share(const ConvolutionBackward& d, const Hyper& h, int rows, Share share,
                                     const T* dy, const T* x, const Sink& kernel, const Sink& bias) {
  const Convolution& c = d.shape;
  if (d.bias && bias.is_open() && share.is_last())
    convolve_bias(c.filters, h, rows * c.positions(), dy, bias);
  if (kernel.is_open()) convolve_weight_lines(c, h, rows, share.among(c.lines()), x, dy, kernel);
}

}  // namespace etch::kernels::inline ETCH_TARGET
