// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>

namespace etch::kernels {

/// A fully connected layer over the last `memory` inputs, as a product of a matrix over features and one over
/// time (Nakkiran et al. 2015): filter f = unit * rank + r looks at the features, and its last `memory`
/// results are weighted and added up for the unit.
struct Svdf {
  int in = 1, units = 1, rank = 1, memory = 1;
  constexpr bool operator==(const Svdf&) const = default;
  constexpr int filters() const { return units * rank; }
};

/// Sums run over features, and over the filters of a unit and their times, oldest first, from the bias on.
/// \param feature [filters][in] \param time [filters][memory]
/// \param state [filters][memory], oldest first, kept from call to call
template <class T>
[[gnu::always_inline]] inline void svdf(const Svdf& d, const T* x, const T* feature, const T* time,
                                        const T* bias, T* state, T* y) {
  for (int f = 0; f < d.filters(); ++f) {
    T* const past = state + f * d.memory;
    for (int m = 0; m + 1 < d.memory; ++m) past[m] = past[m + 1];
    past[d.memory - 1] = dot(d.in, feature + f * d.in, 1, x, 1, T(0));
  }
  for (int u = 0; u < d.units; ++u) {
    const int n = d.rank * d.memory;
    y[u] = dot(n, time + u * n, 1, state + u * n, 1, bias[u]);
  }
}

}  // namespace etch::kernels
