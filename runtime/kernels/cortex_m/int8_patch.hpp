// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstring>
#include <runtime/kernels/portable/int8_convolution.hpp>

/// From bytes of an image to the widened pixels that filters are multiplied with.
namespace etch::kernels::cortex_m {

/// What the widened pixels take: four at a time, one where there are fewer.
constexpr int widened_bytes(const Int8Convolution& d) { return (d.y.out * d.x.out < 4 ? 2 : 8) * d.row; }

/// Four taps, wherever they lie.
[[gnu::always_inline]] inline std::int32_t load_word(const std::int8_t* from) {
  std::int32_t word;
  std::memcpy(&word, from, 4);
  return word;
}

[[gnu::always_inline]] inline void store_widened(std::int32_t word, std::int32_t* to) {
  asm("sxtb16 %0, %1" : "=r"(to[0]) : "r"(word));
  asm("sxtb16 %0, %1, ror #8" : "=r"(to[1]) : "r"(word));
}

/// Widens whole words; `step` is how far apart they go, in words. \return where the next would go
[[gnu::noinline]] inline std::int32_t* widen_words(const std::int8_t* from, int words, std::int32_t* to,
                                                   int step) {
  for (; words >= 2; words -= 2, from += 8, to += step) {
    store_widened(load_word(from), to);
    store_widened(load_word(from + 4), to += step);
  }
  if (words == 0) return to;
  store_widened(load_word(from), to);
  return to + step;
}

/// Widens `taps` bytes and no byte beyond; the last word is filled with what weights of zero meet.
inline void widen(const std::int8_t* from, int taps, std::int32_t* to, int step) {
  to = widen_words(from, taps / 4, to, step);
  const int rest = taps % 4;
  if (rest == 0) return;
  std::int32_t word = 0;
  std::memcpy(&word, from + taps - rest, static_cast<unsigned>(rest));
  store_widened(word, to);
}

/// Four neighbours at once. Up to three bytes behind the last one are read.
[[gnu::noinline]] inline void widen_four(const std::int8_t* from, int channels, int words, std::int32_t* to) {
  for (; words > 0; --words, from += 4, to += 8) {
    store_widened(load_word(from), to);
    store_widened(load_word(from + channels), to + 2);
    store_widened(load_word(from + 2 * channels), to + 4);
    store_widened(load_word(from + 3 * channels), to + 6);
  }
}

/// The taps of one window as bytes, the zero point for those outside.
[[gnu::noinline]] inline void gather(const Int8Convolution& d, const std::int8_t* x, int top, int left,
                                     std::int32_t outside, std::int8_t* to) {
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx, to += d.channels) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      if (iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in)
        std::memcpy(to, x + (iy * d.x.in + ix) * d.channels, static_cast<unsigned>(d.channels));
      else
        std::memset(to, outside, static_cast<unsigned>(d.channels));
    }
}

}  // namespace etch::kernels::cortex_m
