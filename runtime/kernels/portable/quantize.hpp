// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>

namespace etch::kernels {

/// y = round(x / scale) + zero point, halves away from zero, kept within int8; what is no number becomes
/// -128.
template <class T>
inline void quantize(int n, const T* x, T scale, std::int32_t zero_point, std::int8_t* y) {
  for (int i = 0; i < n; ++i) {
    const T share = x[i] / scale;
    if (!(share > T(-512))) {
      y[i] = -128;
      continue;
    }
    // The fraction is found by subtraction: adding a half first would round up numbers just below one.
    const auto whole = static_cast<std::int32_t>(share < T(512) ? share : T(512));
    const T fraction = (share < T(512) ? share : T(512)) - T(whole);
    const std::int32_t q = whole + (fraction >= T(0.5) ? 1 : 0) - (fraction <= T(-0.5) ? 1 : 0) + zero_point;
    y[i] = static_cast<std::int8_t>(q < -128 ? -128 : q > 127 ? 127 : q);
  }
}

/// y = scale * (x - zero point).
template <class T>
inline void dequantize(int n, const std::int8_t* x, T scale, std::int32_t zero_point, T* y) {
  for (int i = 0; i < n; ++i) y[i] = scale * T(x[i] - zero_point);
}

}  // namespace etch::kernels
