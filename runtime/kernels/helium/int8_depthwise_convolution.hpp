// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/helium/int8_eight_channels.hpp>
#include <runtime/kernels/helium/int8_patch.hpp>
#include <runtime/kernels/helium/int8_scratch.hpp>

namespace etch::kernels::helium {

/// `pixels` times up to eight channels, to pixels eight bytes apart.
[[gnu::always_inline]] inline void copy_channels(std::int8_t* to, const std::int8_t* from, int step,
                                                 int count, int pixels) {
  asm volatile(
      "vctp.16 %[count]\n\t"
      "dls lr, %[pixels]\n"
      "1:\n\t"
      "vpst\n\t"
      "vldrbt.u16 q0, [%[from]]\n\t"
      "add %[from], %[from], %[step]\n\t"
      "vstrb.16 q0, [%[to]], #8\n\t"
      "le lr, 1b"
      : [to] "+l"(to), [from] "+l"(from)
      : [step] "r"(step), [count] "r"(count), [pixels] "r"(pixels)
      : "lr", "q0", "cc", "memory");
}

/// A line of 3x3 windows, two at a time; the second of the last two may lie past the line.
template <int stride>
[[gnu::always_inline]] inline void line_3x3(const std::int8_t* const* lines, const std::int8_t* w,
                                            const EightChannels& e, int count, int y_step, std::int8_t* y) {
  const std::int8_t* from[3] = {lines[0], lines[1], lines[2]};
  std::int8_t nowhere[8];
  for (int pairs = count / 2, odd = count % 2; pairs > 0 || odd > 0; pairs = odd, odd = 0) {
    if (pairs == 0) continue;
    const bool alone = count == 1 || (odd == 0 && count % 2 == 1);
    pairs_3x3<stride>(from, w, e, pairs, y_step, y, alone ? nowhere : y + y_step);
    y += 2 * pairs * y_step;
    for (const std::int8_t*& line : from) line += 16 * stride * pairs;
  }
}

/// A line of any windows.
template <bool right>
[[gnu::always_inline]] inline void line_of_windows(const Int8ChannelLines& l, const std::int8_t* const* lines,
                                                   const std::int8_t* weights, const EightChannels& e,
                                                   int y_step, std::int8_t* y) {
  for (int i = 0; i < l.inner.out; ++i, y += y_step) {
    int32x4_t even = vld1q_s32(e.bias[0]), odd = vld1q_s32(e.bias[1]);
    const std::int8_t* w = weights;
    for (int k = 0; k < l.outer.kernel; ++k) {
      const std::int8_t* x = lines[k] + 8 * i * l.inner.stride;
      for (const std::int8_t* const end = w + 8 * l.inner.kernel; w < end;
           w += 8, x += 8 * l.inner.dilation) {
        const int16x8_t a = vldrbq_s16(w), b = vldrbq_s16(x);
        even = vaddq_s32(even, vmullbq_int_s16(b, a));
        odd = vaddq_s32(odd, vmulltq_int_s16(b, a));
      }
    }
    finish_eight<right>(even, odd, e, y);
  }
}

enum class ChannelForm { any, any_right, stride_1, stride_2 };  ///< the last two are of 3x3

inline constexpr int most_lines = 16;  // of taps

/// Up to eight channels from `x` to `y`, line by line: a line is written when all lines that it reads lie in
/// `scratch`, so the results may replace the channels' own inputs.
template <ChannelForm form>
[[gnu::noinline]] inline void convolve_eight(const Int8ChannelLines& l, int channels, const EightChannels& e,
                                             const std::int8_t* x, std::int32_t outside, std::int8_t* y,
                                             std::int8_t* scratch) {
  const std::int8_t* lines[most_lines];
  const std::int8_t* const w = scratch + l.slots * l.line_bytes();
  const int x_step = l.inner_step * channels, y_step = l.y_inner * channels;
  int first = 0;              // slot of the first line that the windows read
  int top = -l.outer.before;  // that line
  int read = top;             // lines before this one were read
  const auto slot = [&](int line) {
    int i = first + line - top;
    if (i >= l.slots) i -= l.slots;
    return scratch + i * l.line_bytes();
  };
  for (int o = 0; o < l.outer.out; ++o, y += l.y_outer * channels) {
    if (read < top) read = top;
    for (; read < top + l.slots; ++read) {
      std::int8_t* const to = slot(read) + 8 * l.inner.before;
      if (read < 0 || read >= l.outer.in)
        fill(to, outside, 8 * l.inner.in);
      else
        copy_channels(to, x + read * l.outer_step * channels, x_step, e.count, l.inner.in);
    }
    for (int k = 0; k < l.outer.kernel; ++k) lines[k] = slot(top + k * l.outer.dilation);
    if constexpr (form == ChannelForm::stride_1) line_3x3<1>(lines, w, e, l.inner.out, y_step, y);
    if constexpr (form == ChannelForm::stride_2) line_3x3<2>(lines, w, e, l.inner.out, y_step, y);
    if constexpr (form == ChannelForm::any) line_of_windows<false>(l, lines, w, e, y_step, y);
    if constexpr (form == ChannelForm::any_right) line_of_windows<true>(l, lines, w, e, y_step, y);
    top += l.outer.stride;
    first += l.outer.stride;
    while (first >= l.slots) first -= l.slots;
  }
}

[[gnu::always_inline]] inline ChannelForm channel_form(const Int8ChannelLines& l, bool right) {
  const bool three = l.inner.kernel == 3 && l.outer.kernel == 3 && l.inner.dilation == 1;
  if (!right) return ChannelForm::any;
  if (!three || l.inner.stride > 2) return ChannelForm::any_right;
  return l.inner.stride == 1 ? ChannelForm::stride_1 : ChannelForm::stride_2;
}

/// All channels, eight at a time.
[[gnu::noinline]] inline void convolve_channels(const Int8DepthwiseConvolution& d, const Int8ChannelLines& l,
                                                const std::int8_t* x, const std::int8_t* w,
                                                const std::int32_t* bias, const Int8Scale* scale,
                                                const Int8Io& io, std::int8_t* y, std::int8_t* scratch) {
  EightChannels e;
  vst1q_s16(e.lowest, vdupq_n_s16(static_cast<std::int16_t>(io.lowest)));
  vst1q_s16(e.highest, vdupq_n_s16(static_cast<std::int16_t>(io.highest)));
  e.output_zero_point = io.output_zero_point;
  fill(scratch, io.input_zero_point, l.slots * l.line_bytes());  // what lies outside of lines stays so
  for (int c = 0; c < d.channels; c += 8, x += 8, y += 8) {
    const int count = d.channels - c < 8 ? d.channels - c : 8;
    load_channels(e, bias + c, scale + (d.per_channel ? c : 0), d.per_channel, count);
    std::int8_t* weights = scratch + l.slots * l.line_bytes();
    for (int k = 0; k < l.outer.kernel; ++k, weights += 8 * l.inner.kernel)
      copy_channels(weights, w + c + k * l.w_outer * d.channels, l.w_inner * d.channels, count,
                    l.inner.kernel);
    switch (channel_form(l, e.right)) {
      case ChannelForm::any:
        convolve_eight<ChannelForm::any>(l, d.channels, e, x, io.input_zero_point, y, scratch);
        break;
      case ChannelForm::any_right:
        convolve_eight<ChannelForm::any_right>(l, d.channels, e, x, io.input_zero_point, y, scratch);
        break;
      case ChannelForm::stride_1:
        convolve_eight<ChannelForm::stride_1>(l, d.channels, e, x, io.input_zero_point, y, scratch);
        break;
      case ChannelForm::stride_2:
        convolve_eight<ChannelForm::stride_2>(l, d.channels, e, x, io.input_zero_point, y, scratch);
        break;
    }
  }
}

/// Results that replace the inputs, pixel for pixel, or lie elsewhere, are made eight channels at a time.
/// Those that reach into the inputs otherwise are made row by row: see `int8_depthwise_convolution_overlap`.
/// \param scratch `int8_depthwise_convolution_scratch` bytes.
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias,
                                                              const Int8Scale* scale, const Int8Io& io,
                                                              std::int8_t* y, std::int8_t* scratch) {
  const Int8ChannelLines l = int8_channel_lines(d);
  if (d.multiplier != 1 || l.outer.kernel > most_lines)
    return int8_depthwise_convolution_portable(d, x, w, bias, scale, io, y, scratch);
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.channels;
  if (y == x || y + out <= x || x + in <= y)
    return convolve_channels(d, l, x, w, bias, scale, io, y, scratch);
  Int8DepthwiseConvolution row = d;
  row.y.out = 1;
  for (int oy = 0; oy < d.y.out; ++oy, row.y.before -= d.y.stride, y += d.x.out * d.channels)
    convolve_channels(row, int8_channel_lines(row), x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::helium
