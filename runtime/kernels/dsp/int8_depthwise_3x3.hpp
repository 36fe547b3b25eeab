// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_depthwise_lines.hpp>
#include <runtime/kernels/dsp/int8_lines.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// What the channels of one 3x3 kernel share.
struct Depthwise3x3 {
  PixelLines in;
  int channels, scale_step;
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
};

/// As numbers in the code of each layer.
template <int Pitch>
[[gnu::always_inline]] inline void set_up_3x3(const Int8DepthwiseConvolution& d, std::int8_t* scratch,
                                              Depthwise3x3& k) {
  const bool along_y = int8_depthwise_along_y(d);
  const Int8Axis &inner = along_y ? d.y : d.x, &outer = along_y ? d.x : d.y;
  const int c = d.channels, row = d.x.in * c, room = Pitch / 2 - inner.before;
  k.in.count = inner.in < room ? inner.in : room;
  k.in.pixel = along_y ? row : c;
  k.in.line = along_y ? c : row;
  k.channels = c;
  k.scale_step = d.per_channel;
  k.pixel_out = along_y ? d.x.out * c : c;
  k.run = along_y ? inner.out : 0;  // columns of results stand side by side
  k.next_run = c;
  k.taps.inner = along_y ? 3 * c : c;
  k.taps.outer = along_y ? c : 3 * c;
  k.stride = inner.stride;
  k.lines_in = outer.in;
  k.lines_out = outer.out;
  k.line_before = outer.before;
  k.out.lines = int8_depthwise_strip(Pitch / 2, inner, outer);
  k.out.count = inner.out;
  k.out.stride = outer.stride;
  k.slots = (k.out.lines - 1) * outer.stride + 3;
  k.out.sums = reinterpret_cast<std::int32_t*>(scratch + k.slots * Pitch);
  k.lines = reinterpret_cast<std::int16_t*>(scratch);
  k.first = k.lines + inner.before;
}

/// One channel: its taps as the inner loops read them, a line of taps as (0, 1) and (1, 2).
template <class Scale>
struct Channel3x3 {
  Pair w[6];
  std::int32_t bias;
  const Scale* scale;
};

[[gnu::always_inline]] inline void pack_3x3(const std::int8_t* w, TapSteps step, std::int32_t offset,
                                            Pair (&to)[6]) {
  const auto pack = [&](Pair * pairs) __attribute__((always_inline)) {
    const std::int32_t a = w[0] - offset, b = w[step.inner] - offset, c = w[2 * step.inner] - offset;
    pairs[0] = pack_halves(a, b);
    pairs[1] = pack_halves(b, c);
    w += step.outer;
  };
  pack(to);
  pack(to + 2);
  pack(to + 4);
}

template <int Pitch, class Scale>
[[ETCH_ALL_REGISTERS]] inline void multiply_3x3_lines(const Depthwise3x3& k, const Channel3x3<Scale>& channel,
                                                      int lines) {
  const Pair w[6] = {channel.w[0], channel.w[1], channel.w[2], channel.w[3], channel.w[4], channel.w[5]};
  const SumLines to{k.out.sums, k.out.count, lines, k.out.stride};
  if (k.stride == 1)
    multiply_3x3<Pitch>(k.lines, w, channel.bias, to);
  else
    multiply_3x3_stride_2<Pitch>(k.lines, w, channel.bias, to);
}

/// One channel in strips of lines. What the next strip reads again moves to the front, so that results may
/// replace the pixels that were read. Where one strip is all, lines of padding alone stay as they are from
/// channel to channel.
template <int Pitch, class Scale>
[[gnu::always_inline]] inline void depthwise_3x3_channel(const Depthwise3x3& k, const std::int8_t* x,
                                                         const Channel3x3<Scale>& channel, const Int8Io& io,
                                                         std::int8_t* y) {
  constexpr int pitch = Pitch / 2;
  const bool all_lines = k.out.lines == k.lines_out;
  if (!all_lines) fill_pairs(k.lines, k.line_before * pitch, io.input_zero_point);
  int slot = k.line_before, unread = k.lines_in;
  for (int remaining = k.lines_out;;) {
    const int n = remaining < k.out.lines ? remaining : k.out.lines;
    const int missing = (n - 1) * k.out.stride + 3 - slot, read = missing < unread ? missing : unread;
    read_lines(x, k.in, read, k.first + slot * pitch, pitch);
    if (!all_lines)
      fill_pairs(k.lines + (slot + read) * pitch, (missing - read) * pitch, io.input_zero_point);
    multiply_3x3_lines<Pitch>(k, channel, n);
    const std::int32_t* sums = k.out.sums;
    const int run = k.run > 0 ? k.run : n * k.out.count;
    for (const std::int32_t* const end = sums + n * k.out.count; sums != end; sums += run, y += k.next_run)
      put_sums(sums, run, y, k.pixel_out, *channel.scale, io);
    remaining -= n;
    if (remaining == 0) return;
    if (k.run == 0) y += run * k.pixel_out - k.next_run;
    x += read * k.in.line;
    unread -= read;
    const int done = n * k.out.stride;
    slot += missing - done;
    move_words(words_of(k.lines + done * pitch), words_of(k.lines), slot * (Pitch / 16));
  }
}

/// \param offset of weights that have a zero point: it.
template <int Pitch, class Scale, class... Offset>
[[gnu::noinline]] inline void depthwise_3x3(const Depthwise3x3& k, const std::int8_t* x, const std::int8_t* w,
                                            const std::int32_t* bias, const Scale* scale, const Int8Io& io,
                                            std::int8_t* y, Offset... offset) {
  Channel3x3<Scale> channel;
  channel.scale = scale;
  fill_pairs(k.lines, k.slots * (Pitch / 2), io.input_zero_point);
  for (int remaining = k.channels; remaining > 0; --remaining, channel.scale += k.scale_step) {
    channel.bias = *bias++;
    pack_3x3(w++, k.taps, (0 + ... + offset), channel.w);
    depthwise_3x3_channel<Pitch>(k, x++, channel, io, y++);
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
