// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/depthwise_convolution.hpp>
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
#include <runtime/kernels/vector/convolution_weights.hpp>
#include <runtime/kernels/vector/depthwise_convolution.hpp>
#endif

namespace etch::kernels {

/// The convolution of this target, forth or back: same bits as the portable one, whichever it is.
template <bool back, class T>
[[gnu::always_inline]] inline void convolve(const Convolution& c, int rows, const T* from, const T* w,
                                            const T* start, T* to) {
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
  if constexpr (sizeof(T) == 4) {
    if (c.depthwise()) return vector::convolve_depthwise<back>(c, rows, from, w, start, to);
    if (vector::convolve_fits<back>(c)) return vector::convolve<back>(c, rows, from, w, start, to);
  }
#endif
  if (c.depthwise()) return convolve_depthwise_portable<back>(c, rows, from, w, start, to);
  convolve_portable<back>(c, rows, from, w, start, to);
}

template <class T>
[[gnu::always_inline]] inline void convolve_weights(const Convolution& c, const Hyper& h, int rows,
                                                    const T* x, const T* dy, const GradientSink<T>& sink) {
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
  if constexpr (sizeof(T) == 4)
    if (vector::convolve_weights_fits(c))
      return c.depthwise() ? vector::convolve_weights<true>(c, h, rows, x, dy, sink)
                           : vector::convolve_weights<false>(c, h, rows, x, dy, sink);
#endif
  convolve_weights_portable(c, h, rows, x, dy, sink);
}

template <class T>
inline void convolve_bias(int filters, const Hyper& h, int positions, const T* dy,
                          const GradientSink<T>& sink) {
#if defined(__AVX2__) && !defined(ETCH_PORTABLE_KERNELS)
  if constexpr (sizeof(T) == 4) return vector::convolve_bias(filters, h, positions, dy, sink);
#endif
  const DenseBackward d{.out = filters};
  dense_bias_backward(d, h, positions, dy, sink);
}

/// y = f(convolution of x + b), bias first in every sum.
struct ConvolutionForward {
  Convolution shape;
  int bias = 1;
  ActivationKind activation = ActivationKind::linear;
  constexpr bool operator==(const ConvolutionForward&) const = default;
};

template <class T>
[[gnu::always_inline]] inline void convolution_forward(const ConvolutionForward& d, int rows, const T* x,
                                                       const T* w, const T* b, T* y) {
  const Convolution& c = d.shape;
  convolve<false>(c, rows, x, w, d.bias ? b : nullptr, y);
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, rows * c.positions(), c.filters);
}

/// Way back of a convolution or, with the same members, of a transposed one.
struct ConvolutionBackward {
  Convolution shape;
  int bias = 1, input_gradient = 1, trainable = 1;
  Rule rule = Rule::none;
  constexpr bool operator==(const ConvolutionBackward&) const = default;
};

/// dx is made first, from the weights as they were. It must not overlap x or dy.
template <class T>
[[gnu::always_inline]] inline void convolution_backward(const ConvolutionBackward& d, const Hyper& h,
                                                        int rows, const T* dy, const T* x, const T* w, T* dx,
                                                        const GradientSink<T>& kernel,
                                                        const GradientSink<T>& bias) {
  const Convolution& c = d.shape;
  if (d.input_gradient) convolve<true, T>(c, rows, dy, w, nullptr, dx);
  if (!d.trainable) return;
  if (d.bias) convolve_bias(c.filters, h, rows * c.positions(), dy, bias);
  convolve_weights(c, h, rows, x, dy, kernel);
}

}  // namespace etch::kernels
