// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_dot.hpp>
#include <runtime/kernels/mve/int8_patch.hpp>
#include <runtime/kernels/mve/int8_requantize.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

/// The convolution of the size mode: one form for all layers, a pixel at a time by fours of filters.
namespace etch::kernels::mve::inline ETCH_TARGET {

/// The filters of a convolution, from the first that is left.
struct SmallFilters : Fours {
  const Int8Io* io;
  int count;
  std::uint32_t scale_step;  ///< from filter to filter, 0 where one scale holds for all
};

/// Filters whatever their scales. The last of them stands in for those that a four lacks.
[[gnu::noinline]] inline void multiply_any(const SmallFilters& f, int first, std::int8_t* y) {
  const uint32x4_t scale_at = vmulq_n_u32(vidupq_n_u32(0, 2), f.scale_step);
  for (int at = first; at < f.count; at += 4) {
    const int remaining = f.count - at;
    const std::int8_t* const w = f.w + at * f.row;
    const std::int8_t* const w1 = remaining > 1 ? w + f.row : w;
    const std::int8_t* const w2 = remaining > 2 ? w1 + f.row : w1;
    const std::int8_t* const w3 = remaining > 3 ? w2 + f.row : w2;
    const mve_pred16_t p = vctp32q(static_cast<std::uint32_t>(remaining));
    const Int8Scale& scale = f.scale[at * static_cast<int>(f.scale_step)];
    int32x4_t r = vaddq_s32(products_4x1(f.x, w, w1, w2, w3, &f.full), vldrwq_z_s32(f.bias + at, p));
    r = requantize_any(r, vldrwq_gather_shifted_offset_z_s32(&scale.multiplier, scale_at, p),
                       vldrwq_gather_shifted_offset_z_s32(&scale.shift, scale_at, p));
    r = vqaddq_n_s32(r, f.io->output_zero_point);
    r = vmaxq_s32(r, vdupq_n_s32(f.io->lowest));
    r = vminq_s32(r, vdupq_n_s32(f.io->highest));
    vstrbq_p_s32(y + at, r, p);
  }
}

/// The bytes of a window, tap by tap.
[[gnu::always_inline]] inline void gather_taps(const Int8Convolution& d, const std::int8_t* x, int top,
                                               int left, int outside, std::int8_t* to) {
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx, to += d.channels) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      if (iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in)
        copy(to, x + (iy * d.x.in + ix) * d.channels, d.channels);
      else
        fill(to, outside, d.channels);
    }
}

/// Each pixel is read whole, and filled up with zeros to a multiple of 16, before its results are written.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  SmallFilters f;
  const Taps taps = taps_in_vectors(d.taps());
  set_fours(f, d, w, bias, scale, io, scratch);
  f.io = &io;
  f.count = d.filters;
  f.scale_step = static_cast<std::uint32_t>(d.per_channel);
  const bool fast = f.fours > 0 && d.per_channel != 0 && all_right(scale, d.filters);
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox, y += d.filters) {
      vst1q_s8(scratch + 16 * taps.full, vdupq_n_s8(0));
      gather_taps(d, x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before, io.input_zero_point,
                  scratch);
      if (fast) dot_4x1(f, y);
      multiply_any(f, fast ? 4 * f.fours : 0, y);
    }
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
