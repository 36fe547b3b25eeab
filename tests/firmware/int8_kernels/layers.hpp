// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>

#include "check.hpp"

/// Convolutions of every kind, drawn.
namespace int8_kernels {

using namespace etch::kernels;

/// What has no room on boards, and kernels of wide vectors have forms for.
inline constexpr bool large = kernel_set == KernelSet::lanes;
inline constexpr int most_extent = 12, most_filters = large ? 40 : 12, most_channels = large ? 72 : 16;

/// Bytes of scratch, where it is no more than the widened taps of a few pixels, and where it is all data.
inline constexpr int most_scratch =
    large ? 31 * 31 * most_channels * 2 + 25 * most_channels * 32 + 256 : 16 * 5 * 5 * most_channels + 256;

inline Int8Axis draw_axis(Draws& draw) {
  for (;;) {
    const int kernel = draw.between(1, 5), dilation = draw.between(0, 3) == 0 ? 2 : 1;
    Int8Axis a{draw.between(1, most_extent), 1, kernel, draw.between(1, 2), dilation, 0};
    const int reach = (kernel - 1) * dilation;
    a.before = draw.between(0, reach);
    a.out = a.in + a.before + draw.between(0, reach) - reach;
    if (a.out <= 0) continue;
    a.out = (a.out - 1) / a.stride + 1;
    if (a.out <= most_extent) return a;
  }
}

inline Int8Convolution draw_layer(Draws& draw) {
  Int8Convolution d{draw_axis(draw), draw_axis(draw), draw.between(1, most_channels),
                    draw.between(1, most_filters)};
  if (draw.between(0, 2) == 0) d.channels = d.channels >= 10 ? 16 : d.channels >= 6 ? 8 : 4;
  const int kind = draw.between(0, 7);
  if (kind <= 2) {  // pointwise, of eight channels too, or fully connected
    const int height = kind == 0 ? 1 : draw.between(1, most_extent),
              width = kind == 0 ? 1 : draw.between(1, most_extent);
    d.y = {height, height, 1, 1, 1, 0};
    d.x = {width, width, 1, 1, 1, 0};
    if (kind == 2) d.channels = 8;
  }
  d.row = int8_row_bytes(d.taps());
  d.per_channel = draw.between(0, 1);
  return d;
}

}  // namespace int8_kernels
