// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/random.hpp>

namespace etch::kernels {

/// Inverted dropout: keeps an element with probability 1 - rate and scales it by 1 / (1 - rate). The mask is
/// a function of (seed, step, node, element), so the backward pass draws it again instead of storing it.
struct Dropout {
  int elements = 0, node = 0;
  float rate = 0;
  int part_elements = 0;  ///< of each sample of the model, where the batch runs in parts; else 0
  constexpr bool operator==(const Dropout&) const = default;
};

namespace portable {
/// The elements from `first` on. `y` may be `x`.
template <class T>
inline void dropout_from(int first, const Dropout& d, const Call& call, const T* x, T* y) {
  const T scale = T(1) / (T(1) - T(d.rate));
  const int begin = first_element(d.part_elements, call);
  for (int i = first; i < call.rows * d.elements; ++i) {
    const float u = random::uniform({call.seed, 1}, call.step, static_cast<std::uint32_t>(d.node),
                                    static_cast<std::uint32_t>(begin + i));
    y[i] = u >= d.rate ? x[i] * scale : T(0);
  }
}
template <class T>
inline void dropout(const Dropout& d, const Call& call, const T* x, T* y) {
  dropout_from(0, d, call, x, y);
}
}  // namespace portable

}  // namespace etch::kernels
