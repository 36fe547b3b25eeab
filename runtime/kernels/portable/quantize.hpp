// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// y = round(x / scale) + zero point, halves away from zero, or to the nearest even number (`to_even`), kept
/// within int8 or int16; what is no number becomes the lowest.
template <class T, class Stored>
inline void quantize(int n, const T* x, T scale, std::int32_t zero_point, Stored* y, bool to_even = false) {
  constexpr std::int32_t highest = (1 << (8 * sizeof(Stored) - 1)) - 1, lowest = -highest - 1;
  constexpr T far = T(-4 * lowest);  // wherever the zero point is, it is beyond the range
  for (int i = 0; i < n; ++i) {
    const T share = x[i] / scale;
    if (!(share > -far)) {
      y[i] = static_cast<Stored>(lowest);
      continue;
    }
    // The fraction is found by subtraction: adding a half first would round up numbers just below one.
    const auto whole = static_cast<std::int32_t>(share < far ? share : far);
    const T fraction = (share < far ? share : far) - T(whole);
    const bool half = fraction == T(0.5) || fraction == T(-0.5);
    const std::int32_t up = (fraction >= T(0.5) ? 1 : 0) - (fraction <= T(-0.5) ? 1 : 0);
    const std::int32_t q = whole + (to_even && half && whole % 2 == 0 ? 0 : up) + zero_point;
    y[i] = static_cast<Stored>(q < lowest ? lowest : q > highest ? highest : q);
  }
}

/// y = scale * (x - zero point).
template <class T, class Stored>
inline void dequantize(int n, const Stored* x, T scale, std::int32_t zero_point, T* y) {
  for (int i = 0; i < n; ++i) y[i] = scale * T(x[i] - zero_point);
}

}  // namespace etch::kernels
