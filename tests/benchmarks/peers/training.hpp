// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

/// What networks on a library's products have around their layers.
namespace peers {

/// Adam's rate of 0.001 with both corrections of a step, counted from 1.
inline float adam_rate(double step) {
  return static_cast<float>(1e-3 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step)));
}

/// The mean cross-entropy of softmax, and its gradient.
inline float cross_entropy(int rows, int classes, const float* sums, const std::uint8_t* labels,
                           float* gradient) {
  float total = 0;
  for (int r = 0; r < rows; ++r) {
    const float* const z = sums + r * classes;
    const float top = *std::max_element(z, z + classes);
    float sum = 0;
    for (int k = 0; k < classes; ++k) sum += std::exp(z[k] - top);
    for (int k = 0; k < classes; ++k)
      gradient[r * classes + k] =
          (std::exp(z[k] - top) / sum - (k == labels[r] ? 1.0f : 0.0f)) / static_cast<float>(rows);
    total += std::log(sum) - (z[labels[r]] - top);
  }
  return total / static_cast<float>(rows);
}

/// All numbers below `count` in a new order.
inline void shuffle(std::vector<int>& order, std::size_t count, unsigned& state) {
  order.resize(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    state = state * 1664525U + 1013904223U;
    std::swap(order[i], order[(state >> 8) % (i + 1)]);
  }
}

/// Samples of bytes as numbers up to 1, with their labels.
template <int elements>
void gather(std::span<const int> samples, std::span<const std::uint8_t> images,
            std::span<const std::uint8_t> labels, float* x, std::uint8_t* y) {
  for (const int sample : samples) {
    *y++ = labels[static_cast<std::size_t>(sample)];
    const std::uint8_t* const from = images.data() + static_cast<std::size_t>(sample) * elements;
    for (int i = 0; i < elements; ++i) *x++ = static_cast<float>(from[i]) * (1 / 255.0f);
  }
}

/// An epoch by batches in a new order: samples come to `x`, and `step` takes their labels. \return its last
/// loss.
template <int batch, int elements, class Step>
float epoch_of(std::vector<int>& order, unsigned& state, std::span<const std::uint8_t> images,
               std::span<const std::uint8_t> labels, float* x, Step step) {
  shuffle(order, labels.size(), state);
  float last = 0;
  std::array<std::uint8_t, batch> these{};
  for (std::size_t first = 0; first + batch <= order.size(); first += batch) {
    gather<elements>(std::span(order).subspan(first, batch), images, labels, x, these.data());
    last = step(these.data());
  }
  return last;
}

}  // namespace peers
