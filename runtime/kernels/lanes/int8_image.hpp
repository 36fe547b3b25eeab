// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_scratch.hpp>
#include <runtime/kernels/lanes/vectors.hpp>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// Widens `count` numbers, or copies those that are wide.
template <class T>
[[gnu::always_inline]] inline void widen(const T* from, int count, std::int16_t* to) {
  constexpr int step = 16;
  int i = 0;
  for (; i + step <= count; i += step) {
    Vector<T, step> narrow;
    load(narrow, from + i);
    const auto wide = __builtin_convertvector(narrow, Halves<step>);
    store(wide, to + i);
  }
  for (; i < count; ++i) to[i] = from[i];
}

[[gnu::always_inline]] inline std::int16_t* fill(std::int16_t* to, int count, std::int16_t value) {
  for (int i = 0; i < count; ++i) to[i] = value;
  return to + count;
}

/// Which of the positions that windows cover along an axis are data: from `first` up to `end`.
struct Covered {
  int first, end, all;
};
constexpr Covered covered_of(const Int8Axis& a) {
  const int all = a.covered(), first = a.before < all ? a.before : all;
  return {first, a.in < all - first ? first + a.in : all, all};
}

/// All data that windows cover as int16, with the zero point where they reach beyond. A pixel takes `step`
/// elements; those beyond its channels are zeros. Results may overwrite the data from here on.
template <class T>
[[gnu::always_inline]] inline void make_image(const Int8Axis& y, const Int8Axis& x, int channels, int step,
                                              const T* from, std::int32_t outside, std::int16_t* to) {
  const auto value = static_cast<std::int16_t>(outside);
  const Covered rows = covered_of(y), columns = covered_of(x);
  for (int row = 0; row < rows.all; ++row) {
    if (row < rows.first || row >= rows.end) {
      to = fill(to, columns.all * step, value);
      continue;
    }
    const T* at = from + (row - rows.first) * x.in * channels;
    to = fill(to, columns.first * step, value);
    const int data = columns.end - columns.first;
    if (channels == step) {
      widen(at, data * channels, to);
      to += data * channels;
    } else {
      for (int i = 0; i < data; ++i, at += channels) {
        widen(at, channels, to);
        to = fill(to + channels, step - channels, 0);
      }
    }
    to = fill(to, (columns.all - columns.end) * step, value);
  }
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
