// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// y = a where the condition is not 0, else b; `negated`: the other way round. `b` may be one number for all.
struct Select {
  int elements = 1, b_elements = 1;
  int negated = 0;
  constexpr bool operator==(const Select&) const = default;
};

/// `y` may be a, or a b of as many elements. `b_rows`: 0 for a b that is the same for all samples.
template <class C, class T>
[[gnu::always_inline]] inline void select(const Select& d, int rows, const C* condition, const T* a,
                                          const T* b, int b_rows, T* y) {
  const int b_step = d.b_elements == 1 ? 0 : 1;
  for (int r = 0; r < rows; ++r, b += b_rows * d.b_elements)
    for (int i = 0; i < d.elements; ++i, ++condition, ++a, ++y)
      *y = (*condition != C(0)) != (d.negated != 0) ? *a : b[i * b_step];
}

/// The backward pass, of an a and a b of all elements. Either may be null, and one may be `dy`.
template <class T>
[[gnu::always_inline]] inline void select_backward(const Select& d, int n, const T* dy, const T* condition,
                                                   T* da, T* db) {
  for (int i = 0; i < n; ++i) {
    const bool first = (condition[i] != T(0)) != (d.negated != 0);
    const T slope = dy[i];
    if (da) da[i] = first ? slope : T(0);
    if (db) db[i] = first ? T(0) : slope;
  }
}

}  // namespace etch::kernels
