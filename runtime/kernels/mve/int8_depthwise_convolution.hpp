// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_channel_walk.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

/// A line of `count` results by `pairs(first, how many pairs, y, where their second results go)`, which puts
/// the second first: a single result is put twice. The last two of an odd number overlap those before.
template <class Pairs>
[[gnu::always_inline]] inline void line_by_pairs(int count, int y_step, std::int8_t* y, Pairs&& pairs) {
  for (int at = 0, n = count > 1 ? count / 2 : 1;; at = count - 2, n = 1) {
    std::int8_t* const to = y + at * y_step;
    pairs(at, n, to, count == 1 ? to : to + y_step);
    if (at + 2 * n >= count) return;
  }
}

/// Up to eight channels, line by line: a line is written when all lines that it reads lie in `scratch`, so
/// the results may replace the channels' own inputs. 3x3, all scales shifting right.
template <int stride>
[[gnu::noinline]] inline void convolve_3x3(ChannelWalk& k, std::int8_t* y, std::int8_t* scratch) {
  const Int8ChannelLines& l = k.l;
  std::int8_t *a = scratch, *b = a + l.line_bytes(), *c = b + l.line_bytes();
  const std::int8_t* const w = c + l.line_bytes();
  const int y_step = l.y_inner * k.channels;
  for (int o = 0; o < l.outer.out; ++o, y += l.y_outer * k.channels) {
    for (int n = o == 0 ? 3 : l.outer.stride; n > 0; --n) {
      std::int8_t* const oldest = a;
      a = b;
      b = c;
      c = oldest;
      k.read(c);
    }
    line_by_pairs(
        l.inner.out, y_step,
        y, [&](int at, int n, std::int8_t* to, std::int8_t* to2) __attribute__((always_inline)) {
          const int from = 8 * stride * at;
          pairs_3x3<stride>(a + from, b + from, c + from, w, *k.e, n, y_step, to, to2);
        });
  }
}

/// The same of kernels that are one line without dilation.
[[gnu::noinline]] inline void convolve_lines(ChannelWalk& k, std::int8_t* y, std::int8_t* scratch) {
  const Int8ChannelLines& l = k.l;
  const int y_step = l.y_inner * k.channels, stride = 8 * l.inner.stride;
  for (int o = 0; o < l.outer.out; ++o, y += l.y_outer * k.channels) {
    k.next = o * l.outer.stride - l.outer.before;
    k.read(scratch);
    line_by_pairs(
        l.inner.out, y_step,
        y, [&](int at, int n, std::int8_t* to, std::int8_t* to2) __attribute__((always_inline)) {
          pairs_of_line(scratch + at * stride, stride, scratch + l.line_bytes(), l.inner.kernel, *k.e, n,
                        y_step, to, to2);
        });
  }
}

/// Any kernel, any scales: out of line.
[[gnu::noinline]] inline void convolve_others(ChannelWalk& k, std::int8_t* y, std::int8_t* scratch) {
  convolve_any(k, y, scratch);
}

[[gnu::noinline]] inline void convolve_channels(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                                const std::int8_t* w, const std::int32_t* bias,
                                                const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                std::int8_t* scratch) {
  const auto run = [](ChannelWalk & k, std::int8_t * to, std::int8_t * lines) __attribute__((always_inline)) {
    const Int8ChannelLines& l = k.l;
    const bool three = l.inner.kernel == 3 && l.slots == 3 && l.outer.kernel == 3 && l.inner.dilation == 1 &&
                       l.inner.stride <= 2;
    if (k.e->right == 0 || (!three && (l.outer.kernel > 1 || l.inner.dilation > 1)))
      convolve_others(k, to, lines);
    else if (!three)
      convolve_lines(k, to, lines);
    else if (l.inner.stride == 1)
      convolve_3x3<1>(k, to, lines);
    else
      convolve_3x3<2>(k, to, lines);
  };
  walk_channels(d, x, w, bias, scale, io, y, scratch, run);
}

/// \param scratch `int8_depthwise_convolution_scratch` bytes.
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias,
                                                              const Int8Scale* scale, const Int8Io& io,
                                                              std::int8_t* y, std::int8_t* scratch) {
  if (d.multiplier == 1)
    convolve_channels(d, x, w, bias, scale, io, y, scratch);
  else
    portable::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
