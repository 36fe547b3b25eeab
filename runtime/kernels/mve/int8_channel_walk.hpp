// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_eight_channels.hpp>
#include <runtime/kernels/mve/int8_patch.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>

/// Depthwise convolution of eight channels at a time, line by line.
namespace etch::kernels::mve::inline ETCH_TARGET {

/// `pixels` times `count` channels, `step` bytes apart, to pixels eight bytes apart.
[[gnu::always_inline]] inline void copy_some_channels(std::int8_t* to, const std::int8_t* from, int step,
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
      : "lr", "q0", "p0", "cc", "memory");
}

/// The same of eight channels, two pixels at a time.
[[gnu::always_inline]] inline void copy_eight_channels(std::int8_t* to, const std::int8_t* from, int step,
                                                       int pixels) {
  asm volatile(
      "wls lr, %[pairs], 2f\n"
      "1:\n\t"
      "vldrb.u16 q0, [%[from]]\n\t"
      "add %[from], %[from], %[step]\n\t"
      "vldrb.u16 q1, [%[from]]\n\t"
      "add %[from], %[from], %[step]\n\t"
      "vstrb.16 q1, [%[to], #8]\n\t"
      "vstrb.16 q0, [%[to]], #16\n\t"
      "le lr, 1b\n"
      "2:"
      : [to] "+l"(to), [from] "+l"(from)
      : [step] "r"(step), [pairs] "r"(pixels / 2)
      : "lr", "q0", "q1", "cc", "memory");
  if (pixels % 2 == 1)
    vstrbq_u16(reinterpret_cast<std::uint8_t*>(to), vldrbq_u16(reinterpret_cast<const std::uint8_t*>(from)));
}

/// What the channels of one convolution share, and eight of them on their way: in one place, and what is
/// large in scratch, for the sake of the stack.
struct ChannelWalk {
  Int8ChannelLines l;
  EightChannels* e;
  const std::int8_t* x;
  int channels;
  std::int32_t outside;
  int next;  ///< line to read

  [[gnu::noinline]] void read(std::int8_t* line) {
    std::int8_t* const to = line + 8 * l.inner.before;
    const std::int8_t* const from = x + next * l.outer_step * channels;
    const bool inside = next >= 0 && next < l.outer.in;
    ++next;
    if (!inside)
      fill(to, outside, 8 * l.inner.in);
    else if (e->count == 8)
      copy_eight_channels(to, from, l.inner_step * channels, l.inner.in);
    else
      copy_some_channels(to, from, l.inner_step * channels, e->count, l.inner.in);
  }
};

/// Any kernel, any scales.
[[gnu::always_inline]] inline void convolve_any(ChannelWalk& walk, std::int8_t* y, std::int8_t* scratch) {
  const Int8ChannelLines& l = walk.l;
  const EightChannels& e = *walk.e;
  const std::int8_t* const w = scratch + l.weights();
  const int y_step = l.y_inner * walk.channels, x_step = 8 * l.inner.stride;
  int top = walk.next, first = 0;  // the first line that windows read, and where it lies
  const auto slot = [&](int line) __attribute__((always_inline)) {
    const int i = first + line - top;
    return scratch + (i < l.slots ? i : i - l.slots) * l.line_bytes();
  };
  for (int o = 0; o < l.outer.out; ++o, y += l.y_outer * walk.channels) {
    if (walk.next < top) walk.next = top;
    while (walk.next < top + l.slots) walk.read(slot(walk.next));
    for (int i = 0; i < l.inner.out; i += 2) {
      TwoSums s{vld1q_s32(e.bias[0]), vld1q_s32(e.bias[1]), vld1q_s32(e.bias[0]), vld1q_s32(e.bias[1])};
      for (int k = 0; k < l.outer.kernel; ++k) {
        const std::int8_t* const x = slot(top + k * l.outer.dilation) + i * x_step;
        add_taps(s, x, x + x_step, w + 8 * k * l.inner.kernel, l.inner.kernel, 8 * l.inner.dilation);
      }
      finish_eight(s.even, s.odd, e, y + i * y_step);
      if (i + 1 < l.inner.out) finish_eight(s.even2, s.odd2, e, y + (i + 1) * y_step);
    }
    top += l.outer.stride;
    first += l.outer.stride;
    while (first >= l.slots) first -= l.slots;
  }
}

/// All channels, eight at a time by `run(walk, y, scratch)`.
template <class Run>
[[gnu::always_inline]] inline void walk_channels(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                                 const std::int8_t* w, const std::int32_t* bias,
                                                 const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                 std::int8_t* scratch, Run&& run) {
  ChannelWalk k{.l = int8_channel_lines(d),
                .e = nullptr,
                .x = x,
                .channels = d.channels,
                .outside = io.input_zero_point,
                .next = 0};
  k.e = reinterpret_cast<EightChannels*>(scratch + k.l.channels());
  const Int8ChannelLines& l = k.l;
  vst1q_s16(k.e->lowest, vdupq_n_s16(static_cast<std::int16_t>(io.lowest)));
  vst1q_s16(k.e->highest, vdupq_n_s16(static_cast<std::int16_t>(io.highest)));
  k.e->output_zero_point = io.output_zero_point;
  fill(scratch, io.input_zero_point, l.weights());  // what lies outside of lines stays so
  for (int c = 0; c < d.channels; c += 8, k.x += 8, y += 8) {
    const int count = d.channels - c < 8 ? d.channels - c : 8;
    load_channels(*k.e, bias + c, scale + (d.per_channel ? c : 0), d.per_channel, count);
    std::int8_t* weights = scratch + l.weights();
    for (int i = 0; i < l.outer.kernel; ++i, weights += 8 * l.inner.kernel)
      copy_some_channels(weights, w + c + i * l.w_outer * d.channels, l.w_inner * d.channels, count,
                         l.inner.kernel);
    k.next = -l.outer.before;
    run(k, y, scratch);
  }
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
