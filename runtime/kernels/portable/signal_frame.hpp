// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <bit>
#include <cstdint>

namespace etch::kernels {

/// y = x * window >> shift, kept within int16, window by window of `length` samples. `y` may be `x`.
[[gnu::always_inline]] inline void signal_window(int windows, int length, int shift, const std::int16_t* x,
                                                 const std::int16_t* window, std::int16_t* y) {
  for (int w = 0; w < windows; ++w, x += length, y += length)
    for (int i = 0; i < length; ++i) {
      const std::int32_t weighted = (std::int32_t{x[i]} * window[i]) >> shift;
      y[i] = static_cast<std::int16_t>(weighted < -32768 ? -32768 : weighted > 32767 ? 32767 : weighted);
    }
}

/// Multiplies a frame by the largest power of two that it has room for, and returns its exponent, 0 to 14. A
/// frame of zeros stays as it is. As in TensorFlow Lite Micro, the size of -32768 is kept as itself, below
/// that of any other sample: frames with it may be scaled beyond int16, modulo 2^16. `y` may be `x`.
[[gnu::always_inline]] inline std::int32_t signal_auto_scale(int n, const std::int16_t* x, std::int16_t* y) {
  std::int32_t largest = 0;
  for (int i = 0; i < n; ++i) {
    const std::int32_t sample = x[i];
    if (sample > largest)
      largest = sample;
    else if (-sample > largest)
      largest = static_cast<std::int16_t>(-sample);
  }
  const int bits = largest <= 0 ? 0 : 15 - static_cast<int>(std::bit_width(static_cast<unsigned>(largest)));
  for (int i = 0; i < n; ++i) y[i] = static_cast<std::int16_t>(x[i] * (1 << bits));
  return bits;
}

}  // namespace etch::kernels
