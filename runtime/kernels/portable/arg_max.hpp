// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// The place of the largest or smallest number along the middle axis of [outer, extent, inner].
struct ArgMax {
  int outer = 1, extent = 1, inner = 1;
  int smallest = 0;
  int last = 0;  ///< the last of equal ones, else the first
  constexpr bool operator==(const ArgMax&) const = default;
};

/// A NaN is passed over, unless it comes first.
template <class T, class Y>
[[gnu::always_inline]] inline void arg_max(const ArgMax& d, int rows, const T* x, Y* y) {
  for (int o = 0; o < rows * d.outer; ++o, x += d.extent * d.inner)
    for (int i = 0; i < d.inner; ++i) {
      int best = 0;
      for (int e = 1; e < d.extent; ++e) {
        const T next = x[e * d.inner + i], sofar = x[best * d.inner + i];
        const bool better = d.smallest != 0 ? next < sofar : next > sofar;
        if (better || (d.last != 0 && next == sofar)) best = e;
      }
      *y++ = Y(best);
    }
}

}  // namespace etch::kernels
