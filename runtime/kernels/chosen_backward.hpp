// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/convolution.hpp>
#include <runtime/kernels/portable/chosen_channels.hpp>

/// The backward pass where some output channels train: their gradients are those of a layer that has no
/// others, by the same kernels, to the same bits. The input gradient is that of all channels. Weights change
/// in updates of their own, behind it.
namespace etch::kernels::inline ETCH_TARGET {

/// \param scratch for each position of each row one number if there is an input gradient, and one a chosen
/// channel. `dx` may be `x`.
template <class T, class Sink>
[[gnu::always_inline]] inline void dense_chosen_backward(const DenseBackward& d, const ChosenChannels& chosen,
                                                         const Hyper& h, int rows, const T* dy, const T* x,
                                                         const T* w, T* dx, T* scratch, const Sink& kernel,
                                                         const Sink& bias) {
  const int n = rows * d.positions;
  T* const chosen_dy = scratch + (d.input_gradient ? n : 0);
  take_channels(chosen, n, d.out, dy, chosen_dy);
  DenseBackward weights = d, input = d;
  weights.out = chosen.count;
  weights.input_gradient = 0;
  dense_backward(weights, h, rows, static_cast<const T*>(chosen_dy), x, w, dx, scratch, kernel, bias);
  input.trainable = 0;
  if (d.input_gradient) dense_backward(input, h, rows, dy, x, w, dx, scratch, Sink{}, Sink{});
}

/// \param scratch for each position of each row one number a chosen channel. dx must not overlap x or dy.
/// \param other a gradient that dx is added to, if it is. It may be `dx`.
template <class T, class Sink>
[[gnu::always_inline]] inline void convolution_chosen_backward(const ConvolutionBackward& d,
                                                               const ChosenChannels& chosen, const Hyper& h,
                                                               int rows, const T* dy, const T* x, const T* w,
                                                               T* dx, T* scratch, const Sink& kernel,
                                                               const Sink& bias, const T* other) {
  Convolution c = d.shape;
  const int n = rows * c.positions();
  take_channels(chosen, n, c.filters, dy, scratch);
  c.filters = chosen.count;
  const T* const chosen_dy = scratch;
  if (d.bias && bias.is_open()) convolve_bias(c.filters, h, n, chosen_dy, bias);
  if (kernel.is_open()) convolve_weights(c, h, rows, x, chosen_dy, kernel);
  if (d.input_gradient) convolve_gradient<true, T>(d, rows, dy, w, dx, other);
}

}  // namespace etch::kernels::inline ETCH_TARGET
