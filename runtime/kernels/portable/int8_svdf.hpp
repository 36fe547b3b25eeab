// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels {

/// A fully connected layer over the last `memory` inputs, as a product of a matrix over features and one over
/// time (Nakkiran et al. 2015), TensorFlow Lite's SVDF: filter f = unit * rank + r looks at the features, and
/// its last `memory` results are weighted and added up for the unit. A row of feature weights is filled up
/// with zeros to `row` bytes; the input zero point is folded into `feature_bias`.
struct Int8Svdf {
  int in = 1, units = 1, rank = 1, memory = 1;
  int row = 4;
  constexpr bool operator==(const Int8Svdf&) const = default;
  constexpr int filters() const { return units * rank; }
};

struct Int8SvdfNumbers {
  Int8Scale feature, time;
  std::int32_t state_zero_point = 0, output_zero_point = 0;
};

struct Int8SvdfWeights {
  const std::int8_t* feature = nullptr;
  const std::int32_t* feature_bias = nullptr;
  const std::int8_t* time = nullptr;
  const std::int32_t* bias = nullptr;
};

/// \param state [filters][memory], oldest first, kept from call to call; stored as differences to their zero
/// point, modulo 256, so that they begin as zeros.
[[gnu::always_inline]] inline void int8_svdf(const Int8Svdf& d, const std::int8_t* x,
                                             const Int8SvdfWeights& w, const Int8SvdfNumbers& n,
                                             std::int8_t* state, std::int8_t* y) {
  for (int f = 0; f < d.filters(); ++f) {
    std::int8_t* const past = state + f * d.memory;
    for (int m = 0; m + 1 < d.memory; ++m) past[m] = past[m + 1];
    std::int32_t sum = w.feature_bias[f];
    for (int i = 0; i < d.in; ++i) sum += w.feature[f * d.row + i] * x[i];
    const std::int8_t now = requantize_to_int8(sum, n.feature, {0, n.state_zero_point, -128, 127});
    past[d.memory - 1] = static_cast<std::int8_t>(now - n.state_zero_point);
  }
  for (int u = 0; u < d.units; ++u) {
    std::int32_t sum = w.bias[u];
    for (int k = u * d.rank * d.memory; k < (u + 1) * d.rank * d.memory; ++k)
      sum += w.time[k] * (static_cast<std::int8_t>(state[k] + n.state_zero_point) - n.state_zero_point);
    y[u] = requantize_to_int8(sum, n.time, {0, n.output_zero_point, -128, 127});
  }
}

}  // namespace etch::kernels
