// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/convolution.hpp>

/// A transposed convolution is a convolution run from its output to its input. Its `Convolution` is that one:
/// `h.out`, `w.out` and `filters` are the extents of x, `h.in`, `w.in` and `channels` those of y, and the
/// kernel is [h.kernel, w.kernel, channels of y, channels of x].
namespace etch::kernels::inline ETCH_TARGET {

/// y = f(b + the sum over ky, kx and the channels of x, each ascending).
template <class T>
[[gnu::always_inline]] inline void transposed_convolution_forward(const ConvolutionForward& d, int rows,
                                                                  const T* x, const T* w, const T* b, T* y) {
  const Convolution& c = d.shape;
  convolve<true>(c, rows, x, w, d.bias ? b : nullptr, y);
  if (d.activation != ActivationKind::linear)
    activate(d.activation, y, y, rows * c.h.in * c.w.in, c.channels);
}

/// dx is made first, from the weights as they were. It must not overlap x or dy.
template <class T, class Sink>
[[gnu::always_inline]] inline void transposed_convolution_backward(const ConvolutionBackward& d,
                                                                   const Hyper& h, int rows, const T* dy,
                                                                   const T* x, const T* w, T* dx,
                                                                   const Sink& kernel, const Sink& bias,
                                                                   const T* other = nullptr) {
  const Convolution& c = d.shape;
  if (d.input_gradient) convolve_gradient<false, T>(d, rows, dy, w, dx, other);
  if (!d.trainable) return;
  if (d.bias && bias.is_open()) convolve_bias(c.channels, h, rows * c.h.in * c.w.in, dy, bias);
  if (kernel.is_open()) convolve_weights(c, h, rows, dy, x, kernel);
}

}  // namespace etch::kernels::inline ETCH_TARGET
