// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tests/benchmarks/peers/products.hpp"

#include <cmath>
#include <vector>

namespace peers {

using Numbers = std::vector<float>;

/// Of any size that is not the same everywhere, so that no product is left out.
inline Numbers numbers(int n, float size = 0.1f) {
  Numbers all(static_cast<std::size_t>(n));
  unsigned state = 1;
  for (float& x : all) {
    state = state * 1664525U + 1013904223U;
    x = size * (static_cast<float>(state >> 8) / 8388608.0f - 1.0f);
  }
  return all;
}

/// A weight with its gradient and both moments of Adam.
struct Weights {
  Numbers w, gradient, first, second;
  explicit Weights(int n, float size)
      : w(numbers(n, size)), gradient(w.size()), first(w.size()), second(w.size()) {}

  /// \param rate with both corrections of Adam in it.
  void step(float rate) {
    for (std::size_t i = 0; i < w.size(); ++i) {
      const float g = gradient[i];
      first[i] += (g - first[i]) * 0.1f;
      second[i] += (g * g - second[i]) * 0.001f;
      w[i] -= first[i] * rate / (std::sqrt(second[i]) + 1e-7f);
    }
  }
};

/// A dense layer on a library's products.
struct Dense {
  Product product;
  int in, out;
  Weights kernel, bias;
  Dense(Product p, int inputs, int outputs)
      : product(p),
        in(inputs),
        out(outputs),
        kernel(inputs * outputs, std::sqrt(6.0f / static_cast<float>(inputs + outputs))),
        bias(outputs, 0) {}

  void forward(int rows, const float* x, float* y, bool relu = false) const {
    product(false, false, rows, out, in, x, kernel.w.data(), y);
    for (int r = 0; r < rows; ++r)
      for (int o = 0; o < out; ++o) {
        const float sum = y[r * out + o] + bias.w[static_cast<std::size_t>(o)];
        y[r * out + o] = relu && sum < 0 ? 0 : sum;
      }
  }
  /// dx, where it is not null, is of the weights before the step.
  void backward(int rows, const float* x, const float* dy, float* dx, float rate) {
    if (dx) product(false, true, rows, in, out, dy, kernel.w.data(), dx);
    product(true, false, in, out, rows, x, dy, kernel.gradient.data());
    for (float& g : bias.gradient) g = 0;
    for (int r = 0; r < rows; ++r)
      for (int o = 0; o < out; ++o) bias.gradient[static_cast<std::size_t>(o)] += dy[r * out + o];
    kernel.step(rate);
    bias.step(rate);
  }
};

/// A convolution of 3 x 3 with a border, as one product with the windows of all positions.
struct Convolution {
  Product product;
  int images, size, channels, filters;
  Numbers windows;
  Convolution(Product p, int n, int extent, int in, int out)
      : product(p),
        images(n),
        size(extent),
        channels(in),
        filters(out),
        windows(static_cast<std::size_t>(n * extent * extent * 9 * in)) {}
  int positions() const { return images * size * size; }

  void forward(const float* x, const float* w, float* y);
  void weight_gradient(const float* dy, float* to) const;
};

/// A sequence of an LSTM with all gates of a step from one product, input and state each.
struct Lstm {
  Product product;
  int samples, steps, in, units;
  Numbers kernel, recurrent, from_input, sums, h, c;
  Lstm(Product p, int rows, int length, int inputs, int count);

  /// x[sample][step][in]; the result is `h`.
  void forward(const float* x);
};

}  // namespace peers
