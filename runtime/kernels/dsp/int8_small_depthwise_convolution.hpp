// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/dsp.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>
#include <runtime/kernels/dsp/int8_small_results.hpp>

/// The depthwise convolution of the size mode: one form for all layers, four channels side by side in a word.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// `count` times up to four channels, `step` bytes apart, to a word each.
[[gnu::noinline]] inline Pair* copy_channels(const std::int8_t* from, int step, int channels, int count,
                                             Pair* to) {
  for (; count > 0; --count, from += step) {
    Pair word = 0;
    if (channels == 4) {
      word = load_word(from);
    } else {
      for (int i = channels; i-- > 0;) word = word * 256 + static_cast<std::uint8_t>(from[i]);
    }
    *to++ = word;
  }
  return to;
}

/// How windows lie in lines of words.
struct WordWindow {
  int rows, columns;  ///< taps
  int row, column;    ///< words from tap to tap
};

/// Up to four channels of one window: 13 instructions a tap.
template <class Scale>
[[gnu::noinline]] inline void multiply_window(const WordWindow& k, const Pair* x, const Pair* w,
                                              const SmallResults<Scale>& to, int channels) {
  std::int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, even, odd, even_taps, odd_taps;
  for (int rows = k.rows; rows > 0; --rows, x += k.row) {
    const Pair* at = x;
    int columns = k.columns;
    asm volatile(
        "1: ldr %[odd], [%[x]]\n"
        "ldr %[odd_taps], [%[w]], #4\n"
        "add %[x], %[step]\n"
        "sxtb16 %[even], %[odd]\n"
        "sxtb16 %[odd], %[odd], ror #8\n"
        "sxtb16 %[even_taps], %[odd_taps]\n"
        "sxtb16 %[odd_taps], %[odd_taps], ror #8\n"
        "smlabb %[s0], %[even], %[even_taps], %[s0]\n"
        "smlabb %[s1], %[odd], %[odd_taps], %[s1]\n"
        "smlatt %[s2], %[even], %[even_taps], %[s2]\n"
        "smlatt %[s3], %[odd], %[odd_taps], %[s3]\n"
        "subs %[columns], #1\n"
        "bne 1b\n"
        : [x] "+r"(at), [w] "+r"(w), [columns] "+r"(columns), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2),
          [s3] "+r"(s3), [even] "=&r"(even), [odd] "=&r"(odd), [even_taps] "=&r"(even_taps),
          [odd_taps] "=&r"(odd_taps)
        : [step] "r"(4 * k.column)
        : "cc", "memory");
  }
  const std::int32_t sum[4] = {s0, s1, s2, s3};
  put_channels(to, sum, channels);
}

/// Moves words to lower addresses.
[[gnu::noinline]] inline Pair* move_down(const Pair* from, const Pair* end, Pair* to) {
  while (from < end) {
    *to++ = *from++;
    asm volatile("");  // no call of memmove
  }
  return to;
}

/// Four channels after the other. The lines of a row of windows wait in scratch, with their padding, before
/// results are written: so these may replace the channels' inputs.
template <class Scale>
[[gnu::always_inline]] inline void small_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                               const std::int8_t* x, const std::int8_t* w,
                                                               const std::int32_t* bias, const Scale* scale,
                                                               const Int8Io& io, std::int8_t* y,
                                                               Pair* lines) {
  const int span = d.y.span(), covered = d.x.covered(), room = covered - d.x.before;
  const int pixels = d.x.in < room ? d.x.in : room, row = d.x.in * d.channels;
  const WordWindow window{d.y.kernel, d.x.kernel, d.y.dilation * covered, d.x.dilation};
  Pair* const taps = lines + span * covered;
  const auto outside =
      static_cast<Pair>((static_cast<std::uint32_t>(io.input_zero_point) & 0xFF) * 0x1010101U);
  SmallResults<Scale> to{bias, scale, d.per_channel, &io, y};
  for (int c = 0; c < d.channels; c += 4) {
    const int channels = d.channels - c < 4 ? d.channels - c : 4;
    copy_channels(w + c, d.channels, channels, d.taps(), taps);
    to.y = y + c;
    Pair* next = lines;
    int iy = -d.y.before;
    for (int oy = d.y.out; oy > 0; --oy) {
      for (; next < taps; next += covered, ++iy) {
        for (int i = 0; i < covered; ++i) next[i] = outside;
        if (iy >= 0 && iy < d.y.in)
          copy_channels(x + iy * row + c, d.channels, channels, pixels, next + d.x.before);
      }
      const Pair* at = lines;
      for (int ox = d.x.out; ox > 0; --ox, to.y += d.channels, at += d.x.stride) {
        multiply_window(window, at, taps, to, channels);
      }
      next = move_down(lines + d.y.stride * covered, taps, lines);
      if (d.y.stride > span) iy += d.y.stride - span;
    }
    to.bias += 4;
    to.scale += 4 * d.per_channel;
  }
}

template <class Scale>
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias, const Scale* scale,
                                                              const Int8Io& io, std::int8_t* y,
                                                              std::int8_t* scratch) {
  if (d.multiplier == 1)
    small_depthwise_convolution(d, x, w, bias, scale, io, y, reinterpret_cast<Pair*>(scratch));
  else
    portable::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
