// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/layers.hpp"

#include <algorithm>

namespace peers {

void Convolution::forward(const float* x, const float* w, float* y) {
  float* to = windows.data();
  for (int image = 0; image < images; ++image)
    for (int row = 0; row < size; ++row)
      for (int column = 0; column < size; ++column)
        for (int tap = 0; tap < 9; ++tap, to += channels) {
          const int i = row + tap / 3 - 1, j = column + tap % 3 - 1;
          if (i < 0 || i >= size || j < 0 || j >= size)
            std::fill_n(to, channels, 0.0f);
          else
            std::copy_n(x + ((image * size + i) * size + j) * channels, channels, to);
        }
  product(false, false, positions(), filters, 9 * channels, windows.data(), w, y);
}

void Convolution::weight_gradient(const float* dy, float* to) const {
  product(true, false, 9 * channels, filters, positions(), windows.data(), dy, to);
}

Lstm::Lstm(Product p, int rows, int length, int inputs, int count)
    : product(p),
      samples(rows),
      steps(length),
      in(inputs),
      units(count),
      kernel(numbers(inputs * 4 * count)),
      recurrent(numbers(count * 4 * count)),
      from_input(static_cast<std::size_t>(rows * length * 4 * count)),
      sums(static_cast<std::size_t>(rows * 4 * count)),
      h(static_cast<std::size_t>(rows * count)),
      c(h.size()) {}

void Lstm::forward(const float* x) {
  const auto sigmoid = [](float v) { return 1 / (1 + std::exp(-v)); };
  const auto tanh = [&](float v) { return 2 * sigmoid(2 * v) - 1; };
  const int width = 4 * units;
  std::ranges::fill(h, 0.0f);
  std::ranges::fill(c, 0.0f);
  product(false, false, samples * steps, width, in, x, kernel.data(), from_input.data());
  for (int step = 0; step < steps; ++step) {
    product(false, false, samples, width, units, h.data(), recurrent.data(), sums.data());
    for (int s = 0; s < samples; ++s) {
      const float *const a = sums.data() + s * width, *const b =
                                                          from_input.data() + (s * steps + step) * width;
      float *const cell = c.data() + s * units, *const state = h.data() + s * units;
      for (int k = 0; k < units; ++k) {
        const float input = sigmoid(a[k] + b[k]), forget = sigmoid(a[units + k] + b[units + k]);
        const float fresh = tanh(a[2 * units + k] + b[2 * units + k]);
        cell[k] = forget * cell[k] + input * fresh;
        state[k] = sigmoid(a[3 * units + k] + b[3 * units + k]) * tanh(cell[k]);
      }
    }
  }
}

}  // namespace peers
