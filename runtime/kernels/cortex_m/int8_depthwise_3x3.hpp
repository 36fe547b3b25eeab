// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_depthwise_lines.hpp>
#include <runtime/kernels/cortex_m/int8_lines.hpp>

namespace etch::kernels::cortex_m {

/// What the channels of one 3x3 kernel share.
struct Depthwise3x3 {
  PixelLines in;
  int pixel_out;      ///< bytes from result to result along a line
  int run, next_run;  ///< results from a line that are put at once, and bytes from one such to the next
  int count, lines;   ///< of results, along a line and across
  int stride, line_stride;
  int strip;  ///< lines of results at once
  int lines_in;
  int before, line_before;  ///< taps of padding
  TapSteps step;
  Int8Io io;
  std::int16_t* line;  ///< the scratch: lines of inputs
  std::int32_t* sums;  ///< and of sums
};

/// The taps of one channel as the inner loops read them, a line of taps as (0, 1) and (1, 2).
struct Taps3x3 {
  Pair w[6];
  std::int32_t bias;
};

[[gnu::always_inline]] inline void pack_3x3(const std::int8_t* w, TapSteps step, bool twice, Pair (&to)[6]) {
  for (int k = 0; k < 6; k += 2, w += step.outer) {
    const std::int32_t a = w[0], b = w[step.inner], c = w[2 * step.inner];
    to[k] = pack_halves(a, b);
    to[k + 1] = pack_halves(b, c);
  }
  if (twice)
    for (Pair& p : to) p = sadd16(p, p);
}

/// `lines` lines of sums.
template <int Pitch>
[[gnu::noinline]] inline void multiply_3x3_lines(const Depthwise3x3& k, const Taps3x3& taps, int lines) {
  const std::int16_t* line = k.line;
  std::int32_t* sums = k.sums;
  const int count = k.count, step = k.line_stride * (Pitch / 2);
  const Pair w[6] = {taps.w[0], taps.w[1], taps.w[2], taps.w[3], taps.w[4], taps.w[5]};
  const std::int32_t bias = taps.bias;
  for (; lines > 0; --lines, line += step, sums += count)
    if (k.stride == 1)
      multiply_3x3<Pitch>(line, w, bias, sums, sums + count);
    else
      multiply_3x3_stride_2<Pitch>(line, w, bias, sums, sums + count);
}

/// One channel, a strip of lines at a time. What the next strip reads again moves to the front, so that
/// results may replace the pixels that were read.
template <int Pitch>
[[gnu::always_inline]] inline void depthwise_3x3_channel(const Depthwise3x3& k, const std::int8_t* x,
                                                         const Taps3x3& taps, const DoubledRounding* doubled,
                                                         const Int8Scale& scale, std::int8_t* y) {
  constexpr int pitch = Pitch / 2;
  const bool once = k.strip == k.lines;  // lines of padding alone then stay as they are
  if (!once) fill_pairs(k.line, k.line_before * pitch, k.io.input_zero_point);
  int slot = k.line_before, unread = k.lines_in;
  std::int16_t* const first = k.line + k.before;
  for (int left = k.lines;;) {
    const int n = left < k.strip ? left : k.strip;
    const int needed = (n - 1) * k.line_stride + 3;
    const int read = needed - slot < unread ? needed - slot : unread;
    read_lines(x, k.in, read, first + slot * pitch, pitch);
    if (!once && slot + read < needed)
      fill_pairs(k.line + (slot + read) * pitch, (needed - slot - read) * pitch, k.io.input_zero_point);
    multiply_3x3_lines<Pitch>(k, taps, n);
    const std::int32_t* sums = k.sums;
    const int run = k.run > 0 ? k.run : n * k.count;
    for (const std::int32_t* const end = sums + n * k.count; sums != end; sums += run, y += k.next_run)
      if (doubled)
        put_doubled(sums, *doubled, run, y, k.pixel_out);
      else
        put_sums(sums, scale, k.io, run, y, k.pixel_out);
    left -= n;
    if (left == 0) return;
    if (k.run == 0) y += run * k.pixel_out;
    x += read * k.in.line;
    unread -= read;
    const int done = n * k.line_stride;
    slot = needed - done;
    move_words(words_of(k.line + done * pitch), words_of(k.line), slot * (Pitch / 16));
  }
}

template <int Pitch>
[[gnu::noinline]] inline void depthwise_3x3(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                            const std::int8_t* w, const std::int32_t* bias,
                                            const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                            std::int8_t* scratch) {
  const Int8DepthwiseLines l = int8_depthwise_lines(d);
  const int c = d.channels, row = d.x.in * c, row_out = d.x.out * c, room = l.pitch - l.inner.before;
  Depthwise3x3 k{{l.inner.in < room ? l.inner.in : room, c, row},
                 c,
                 0,
                 0,
                 l.inner.out,
                 l.outer.out,
                 l.inner.stride,
                 l.outer.stride,
                 l.strip,
                 l.outer.in,
                 l.inner.before,
                 l.outer.before,
                 {3 * c, c},
                 io,
                 reinterpret_cast<std::int16_t*>(scratch),
                 reinterpret_cast<std::int32_t*>(scratch + l.line_bytes())};
  if (l.along_y) {  // columns of results stand side by side
    k.in = {k.in.count, row, c};
    k.pixel_out = row_out;
    k.run = k.count;
    k.next_run = c;
    k.step = {c, 3 * c};
  }
  const SumRange range(io, d.taps());
  fill_pairs(k.line, l.slots * l.pitch, io.input_zero_point);
  for (const std::int8_t* const end = x + c; x != end; ++x, ++w, ++y, ++bias, scale += d.per_channel) {
    const bool fast = range.fits(*bias) && rounds_fast(*scale);
    Taps3x3 taps;
    pack_3x3(w, k.step, fast, taps.w);
    taps.bias = fast ? 2 * *bias : *bias;
    const DoubledRounding doubled = fast ? doubled_rounding(*scale, io) : DoubledRounding{};
    depthwise_3x3_channel<Pitch>(k, x, taps, fast ? &doubled : nullptr, *scale, y);
  }
}

}  // namespace etch::kernels::cortex_m
