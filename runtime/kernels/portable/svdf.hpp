// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

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
    T sum = T(0);
    for (int i = 0; i < d.in; ++i) sum += feature[f * d.in + i] * x[i];
    past[d.memory - 1] = sum;
  }
  for (int u = 0; u < d.units; ++u) {
    T sum = bias[u];
    for (int k = u * d.rank * d.memory; k < (u + 1) * d.rank * d.memory; ++k) sum += time[k] * state[k];
    y[u] = sum;
  }
}

}  // namespace etch::kernels
