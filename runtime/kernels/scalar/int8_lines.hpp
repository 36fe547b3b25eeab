// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_depthwise_lines.hpp>
#include <runtime/kernels/scalar/int8_requantize.hpp>
#include <runtime/kernels/scalar/int8_word.hpp>

/// Lines of one channel: packed out of its pixels, and multiplied by the kernel, four results at a time.
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Pixels of one channel in lines, and where they go.
struct PixelLines {
  int count = 0, pixel = 0, line = 0;  ///< bytes from pixel to pixel and from line to line
  std::int32_t outside = 0;            ///< the zero point, about each line
  int pitch = 0;                       ///< words from line to line
};

/// Lines of pixels and the zero points about them, each with the one that lies `Stride` behind it.
template <int Stride>
[[gnu::noinline]] inline void pack_lines(const PixelLines& p, const std::int8_t* x, int lines,
                                         std::uint32_t* to) {
  const int pixel = p.pixel, three = 3 * pixel, past = p.line - p.count * pixel;
  const int pitch = p.pitch - (p.count + Stride);
  const std::int32_t outside = p.outside;
  for (; lines > 0; --lines, x += past, to += pitch) {
    std::int32_t before[Stride];
    for (std::int32_t& b : before) b = outside;
    int remaining = p.count;
    for (; remaining >= 4; remaining -= 4, x += three + pixel, to += 4) {
      const std::int32_t a = x[0], b = x[pixel], c = x[2 * pixel], d = x[three];
      to[0] = packed(before[0], a);
      to[1] = packed(Stride == 1 ? a : before[1], b);
      to[2] = packed(Stride == 1 ? b : a, c);
      to[3] = packed(Stride == 1 ? c : b, d);
      before[0] = Stride == 1 ? d : c;
      before[Stride - 1] = d;
    }
    for (; remaining > 0; --remaining, x += pixel) {
      *to++ = packed(before[0], *x);
      before[0] = before[Stride - 1];
      before[Stride - 1] = *x;
    }
    for (const std::int32_t b : before) *to++ = packed(b, outside);
  }
}

/// Lines of pixels, each in the low half of a word: the high half is of no interest.
[[gnu::noinline]] inline void copy_lines(const PixelLines& p, const std::int8_t* x, int lines,
                                         std::uint32_t* to) {
  const int pixel = p.pixel, past = p.line - p.count * pixel, pitch = p.pitch - p.count;
  for (; lines > 0; --lines, x += past, to += pitch) {
    const std::uint32_t* const end = to + p.count;
#pragma GCC unroll 4
    for (; to != end; x += pixel) *to++ = static_cast<std::uint32_t>(std::int32_t{*x});
  }
}

/// The same for any stride.
[[gnu::noinline]] inline void pack_lines_any(const PixelLines& p, const std::int8_t* x, int lines,
                                             std::uint32_t* to, int stride) {
  for (; lines > 0; --lines, x += p.line, to += p.pitch) {
    for (int i = 0; i < stride; ++i) to[i] = packed(p.outside, p.outside);
    const std::int8_t* from = x;
    for (int i = 0; i < p.count; ++i, from += p.pixel) {
      to[i] += packed(0, *from - p.outside);
      to[i + stride] = packed(*from, p.outside);
    }
  }
}

/// A strip of lines, and what their results have in common.
struct LineChannel {
  const std::uint32_t* lines = nullptr;  ///< where the first window begins
  int step = 0;                          ///< words from one line of results to the next
  int row = 0;                           ///< words from one line of taps to the next
  const std::int8_t* weights = nullptr;
  std::int32_t bias = 0;
  ChannelRounding round;
  bool rectified = false;     ///< the output zero point is -128
  int count = 0;              ///< results of a line
  int pixel = 0, y_line = 0;  ///< bytes from one result to the next, and from line to line
};

/// Four results, or what is left of them.
[[gnu::always_inline]] inline void put_four(const PairSums& a, const PairSums& b,
                                            const ChannelRounding& round, int remaining, std::int8_t* y,
                                            int pixel) {
  const std::int8_t r0 = round(a.first()), r1 = round(a.second());
  const std::int8_t r2 = round(b.first()), r3 = round(b.second());
  *y = r0;
  y += pixel;
  if (remaining >= 4) {
    *y = r1;
    y[pixel] = r2;
    y[2 * pixel] = r3;
    return;
  }
  if (remaining > 1) *y = r1;
  if (remaining > 2) y[pixel] = r2;
}

/// A line of results of any kernel.
[[gnu::noinline]] inline void multiply_any(const DepthwiseLines& l, const LineChannel& c,
                                           const std::uint32_t* line, std::int8_t* y) {
  const int taps = l.inner.kernel, dilation = l.inner.dilation, second = 2 * l.inner.stride;
  const PairSums start(c.bias, (taps + 1) / 2 * l.outer.kernel);
  for (int remaining = c.count; remaining > 0; remaining -= 4, line += 2 * second, y += 4 * c.pixel) {
    PairSums a = start, b = start;
    const std::int8_t* w = c.weights;
    const std::uint32_t* row = line;
    for (int k = l.outer.kernel; k > 0; --k, row += c.row) {
      const std::uint32_t* x = row;
      int tap = taps;
      for (; tap >= 2; tap -= 2, w += 2, x += 2 * dilation) {
        a.add(multiply_add(x[dilation], w[1], multiply_add(x[0], w[0], raise)));
        b.add(multiply_add(x[second + dilation], w[1], multiply_add(x[second], w[0], raise)));
      }
      if (tap > 0) {
        a.add(multiply_add(x[0], *w, raise));
        b.add(multiply_add(x[second], *w++, raise));
      }
    }
    put_four(a, b, c.round, remaining, y, c.pixel);
  }
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
