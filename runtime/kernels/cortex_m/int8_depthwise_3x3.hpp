// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_depthwise_lines.hpp>
#include <runtime/kernels/cortex_m/int8_lines.hpp>

namespace etch::kernels::cortex_m {

/// What the channels of one 3x3 kernel share.
struct Depthwise3x3 {
  PixelLines in;
  int pixel_out;            ///< bytes from result to result along a line
  int run, next_run;        ///< results that are put at once, 0: all; and bytes from one such to the next
  SumLines out;             ///< its `lines` are those of a strip
  int stride;               ///< along the line
  int lines_in, lines_out;  ///< of the whole
  int line_before;          ///< lines of padding
  int slots;                ///< lines that there is room for
  TapSteps taps;
  std::int16_t* lines;  ///< the scratch: lines of inputs
  std::int16_t* first;  ///< the first pixel of the first
  std::int32_t zero_point;
};

/// The taps of one channel as the inner loops read them, a line of taps as (0, 1) and (1, 2).
struct Taps3x3 {
  Pair w[6];
  std::int32_t bias;
};

[[gnu::always_inline]] inline Taps3x3 pack_3x3(const std::int8_t* w, TapSteps step, std::int32_t bias) {
  Taps3x3 t;
  t.bias = bias;
  const auto pack = [&](Pair * to) __attribute__((always_inline)) {
    const std::int32_t a = w[0], b = w[step.inner], c = w[2 * step.inner];
    to[0] = pack_halves(a, b);
    to[1] = pack_halves(b, c);
    w += step.outer;
  };
  pack(t.w);
  pack(t.w + 2);
  pack(t.w + 4);
  return t;
}

template <int Pitch>
[[gnu::noinline]] inline void multiply_3x3_lines(const Depthwise3x3& k, const Taps3x3& taps, int lines) {
  const Pair w[6] = {taps.w[0], taps.w[1], taps.w[2], taps.w[3], taps.w[4], taps.w[5]};
  const SumLines to{k.out.sums, k.out.count, lines, k.out.stride};
  if (k.stride == 1)
    multiply_3x3<Pitch>(k.lines, w, taps.bias, to);
  else
    multiply_3x3_stride_2<Pitch>(k.lines, w, taps.bias, to);
}

/// `lines` lines of results of one channel. \return where the next go.
template <int Pitch>
[[gnu::always_inline]] inline std::int8_t* put_3x3_lines(const Depthwise3x3& k, const Taps3x3& taps,
                                                         const ChannelRounding& rounding, int lines,
                                                         std::int8_t* y) {
  multiply_3x3_lines<Pitch>(k, taps, lines);
  const int count = lines * k.out.count;
  if (k.run == 0) {
    put_sums(k.out.sums, rounding, count, y, k.pixel_out);
    return y + count * k.pixel_out;
  }
  const std::int32_t* sums = k.out.sums;
  for (; lines > 0; --lines, sums += k.run, y += k.next_run) put_sums(sums, rounding, k.run, y, k.pixel_out);
  return y;
}

/// One channel in strips of lines. What the next strip reads again moves to the front, so that results may
/// replace the pixels that were read.
template <int Pitch>
[[gnu::noinline]] inline void depthwise_3x3_strips(const Depthwise3x3& k, const std::int8_t* x,
                                                   const Taps3x3& taps, const ChannelRounding& rounding,
                                                   std::int8_t* y) {
  constexpr int pitch = Pitch / 2;
  fill_pairs(k.lines, k.line_before * pitch, k.zero_point);
  int slot = k.line_before, unread = k.lines_in;
  for (int left = k.lines_out;;) {
    const int n = left < k.out.lines ? left : k.out.lines;
    const int missing = (n - 1) * k.out.stride + 3 - slot, read = missing < unread ? missing : unread;
    read_lines(x, k.in, read, k.first + slot * pitch, pitch);
    fill_pairs(k.lines + (slot + read) * pitch, (missing - read) * pitch, k.zero_point);
    y = put_3x3_lines<Pitch>(k, taps, rounding, n, y);
    left -= n;
    if (left == 0) return;
    x += read * k.in.line;
    unread -= read;
    const int done = n * k.out.stride;
    slot += missing - done;
    move_words(words_of(k.lines + done * pitch), words_of(k.lines), slot * (Pitch / 16));
  }
}

[[gnu::noinline]] inline void depthwise_channel(const Int8DepthwiseConvolution& d, int channel,
                                                const std::int8_t* x, const std::int8_t* w,
                                                const std::int32_t* bias, const Int8Scale* scale,
                                                const Int8Io& io, std::int8_t* y, std::int8_t* lines) {
  int8_depthwise_channel(d, channel, x, w, bias, scale, io, y, lines);
}

/// Out of line: what it needs on the stack is free again before the channels.
[[gnu::noinline]] inline void set_up_3x3(const Int8DepthwiseConvolution& d, std::int32_t zero_point,
                                         std::int8_t* scratch, Depthwise3x3& k) {
  const Int8DepthwiseLines l = int8_depthwise_lines(d);
  const int c = d.channels, row = d.x.in * c, row_out = d.x.out * c, room = l.pitch - l.inner.before;
  const int count = l.inner.in < room ? l.inner.in : room;
  // Columns of results stand side by side.
  k.in = l.along_y ? PixelLines{count, row, c} : PixelLines{count, c, row};
  k.pixel_out = l.along_y ? row_out : c;
  k.run = l.along_y ? l.inner.out : 0;
  k.next_run = c;
  k.taps = l.along_y ? TapSteps{c, 3 * c} : TapSteps{3 * c, c};
  k.out = {reinterpret_cast<std::int32_t*>(scratch + l.line_bytes()), l.inner.out, l.strip, l.outer.stride};
  k.stride = l.inner.stride;
  k.lines_in = l.outer.in;
  k.lines_out = l.outer.out;
  k.line_before = l.outer.before;
  k.slots = l.slots;
  k.lines = reinterpret_cast<std::int16_t*>(scratch);
  k.first = k.lines + l.inner.before;
  k.zero_point = zero_point;
}

/// Lines of padding alone stay as they are from channel to channel where all lines fit.
template <int Pitch>
[[gnu::always_inline]] inline void depthwise_3x3_whole(const Depthwise3x3& k, const std::int8_t* x,
                                                       const Taps3x3& taps, const ChannelRounding& rounding,
                                                       std::int8_t* y) {
  const int room = k.slots - k.line_before, read = room < k.lines_in ? room : k.lines_in;
  read_lines(x, k.in, read, k.first + k.line_before * (Pitch / 2), Pitch / 2);
  put_3x3_lines<Pitch>(k, taps, rounding, k.lines_out, y);
}

template <int Pitch>
[[gnu::noinline]] inline void depthwise_3x3(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                            const std::int8_t* w, const std::int32_t* bias,
                                            const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                            std::int8_t* scratch) {
  Depthwise3x3 k;
  set_up_3x3(d, io.input_zero_point, scratch, k);
  bool padded = false;
  for (int channel = 0; channel < d.channels; ++channel) {
    const Int8Scale& s = scale[d.per_channel ? channel : 0];
    if (!rounds_twice(s)) {
      depthwise_channel(d, channel, x, w, bias, scale, io, y, scratch);
      padded = false;
      continue;
    }
    if (!padded) fill_pairs(k.lines, k.slots * (Pitch / 2), io.input_zero_point);
    padded = true;
    const Taps3x3 taps = pack_3x3(w + channel, k.taps, bias[channel]);
    const ChannelRounding rounding(s, io);
    if (k.out.lines == k.lines_out)
      depthwise_3x3_whole<Pitch>(k, x + channel, taps, rounding, y + channel);
    else
      depthwise_3x3_strips<Pitch>(k, x + channel, taps, rounding, y + channel);
  }
}

}  // namespace etch::kernels::cortex_m
