// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/dsp.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Where tap `i` of a window lies in scratch: taps 1 and 2 of four change places, so that a pair is what
/// `sxtb16` widens of four weights.
constexpr int turned(int i) { return (i & ~3) | (i & 1) << 1 | (i >> 1 & 1); }

/// One window of int16, taps outside read as the zero point, filled up with zeros to `d.row`.
[[gnu::always_inline]] inline void turn_window(const Int8Convolution& d, const std::int16_t* x, int top,
                                               int left, std::int16_t outside, std::int16_t* to) {
  int at = 0;
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      const bool inside = iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in;
      const std::int16_t* const from = x + (iy * d.x.in + ix) * d.channels;
      for (int c = 0; c < d.channels; ++c, ++at) to[turned(at)] = inside ? from[c] : outside;
    }
  for (; at < d.row; ++at) to[turned(at)] = 0;
}

/// Adds the products of turned taps from `x` to `end`, at least four, with the weights of two filters.
[[gnu::always_inline]] inline void add_products(const Pair* x, const Pair* end, const std::int8_t* first,
                                                const std::int8_t* second, std::int64_t& a, std::int64_t& b) {
#if ETCH_DSP_KERNELS
  // 14 instructions for 8 products: left to itself the compiler keeps a sum in memory when it saves code.
  Pair weights = 0, widened = 0, even = 0, odd = 0;
  asm volatile(
      "1:\n\t"
      "ldrd %[even], %[odd], [%[x]], #8\n\t"
      "ldr %[weights], [%[first]], #4\n\t"
      "sxtb16 %[widened], %[weights]\n\t"
      "sxtb16 %[weights], %[weights], ror #8\n\t"
      "smlald %Q[a], %R[a], %[widened], %[even]\n\t"
      "smlald %Q[a], %R[a], %[weights], %[odd]\n\t"
      "ldr %[weights], [%[second]], #4\n\t"
      "sxtb16 %[widened], %[weights]\n\t"
      "sxtb16 %[weights], %[weights], ror #8\n\t"
      "smlald %Q[b], %R[b], %[widened], %[even]\n\t"
      "smlald %Q[b], %R[b], %[weights], %[odd]\n\t"
      "cmp %[x], %[end]\n\t"
      "bne 1b"
      : [a] "+r"(a), [b] "+r"(b), [x] "+r"(x), [first] "+r"(first), [second] "+r"(second),
        [weights] "=&r"(weights), [widened] "=&r"(widened), [even] "=&r"(even), [odd] "=&r"(odd)
      : [end] "r"(end)
      : "cc", "memory");
#else
  for (; x != end; x += 2, first += 4, second += 4) {
    const Pair v = load_word(first), w = load_word(second);
    a = smlald(sxtb16_high(v), x[1], smlald(sxtb16(v), x[0], a));
    b = smlald(sxtb16_high(w), x[1], smlald(sxtb16(w), x[0], b));
  }
#endif
}

/// What the results of a pixel take beside its window.
struct Int16Filters {
  const std::int8_t* w = nullptr;
  const WideBias* bias = nullptr;
  const Int8Scale* scale = nullptr;
  int count = 0, row = 0, scale_step = 0;
};

/// All results of one window, two filters at a time. Out of line: all layers share it.
[[gnu::noinline]] inline void int16_filters(const std::int16_t* window, Int16Filters f, const Int8Io& io,
                                            std::int16_t* y) {
  const Pair* const end = words_of(window) + f.row / 2;
  for (; f.count > 0; f.count -= 2) {
    const bool two = f.count > 1;
    const std::int8_t *first = f.w, *second = two ? f.w + f.row : f.w;
    std::int64_t a = f.bias[0], b = two ? std::int64_t{f.bias[1]} : 0;
    add_products(words_of(window), end, first, second, a, b);
    y[0] = requantize_to<std::int16_t>(a, f.scale[0], io);
    if (two) y[1] = requantize_to<std::int16_t>(b, f.scale[f.scale_step], io);
    f.w += 2 * f.row;
    f.bias += 2;
    f.scale += 2 * f.scale_step;
    y += 2;
  }
}

/// A convolution of int16 by int8 weights: a window is copied once, then met by all filters, two products an
/// instruction.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int16_t* x,
                                                    const std::int8_t* w, const WideBias* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int16_t* y,
                                                    std::int16_t* scratch) {
  const auto outside = static_cast<std::int16_t>(io.input_zero_point);
  const Int16Filters filters{w, bias, scale, d.filters, d.row, d.per_channel ? 1 : 0};
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox, y += d.filters) {
      turn_window(d, x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before, outside, scratch);
      int16_filters(scratch, filters, io, y);
    }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
