// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_dot_two.hpp>
#include <runtime/kernels/mve/int8_requantize.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

/// The inner loops of convolutions: all filters over the taps of one pixel or of two, shared by all layers.
namespace etch::kernels::mve::inline ETCH_TARGET {

/// The filters of a convolution.
struct Filters : Fours {
  const Int8Io* io;
  int count;
  int scale_step;     ///< from filter to filter, 0 where one scale holds for all
  bool pairs;         ///< whether `two_pixels` may be taken: four filters or more, and all scales shift right
  Int8Scale same[4];  ///< that one scale

  /// Moves to a filter this many further, or back.
  [[gnu::always_inline]] void move(int filters) {
    w += filters * row;
    bias += filters;
    scale += filters * scale_step;
  }
};

/// Any scales. The last four filters overlap those before where the count is no multiple of 4.
[[gnu::noinline]] inline void any_filters(const Filters& f, std::int8_t* y) {
  for (int at = 0; at < f.count; at += 4) {
    const int i = at + 4 <= f.count ? at : f.count - 4;
    const std::int8_t* const w = f.w + i * f.row;
    const int32x4_t products = products_4x1(f.x, w, w + f.row, w + 2 * f.row, w + 3 * f.row, &f.full);
    const int32x4x2_t scale = vld2q_s32(&f.scale[i * f.scale_step].multiplier);
    int32x4_t r = requantize_any(vaddq_s32(products, vld1q_s32(f.bias + i)), scale.val[0], scale.val[1]);
    r = vqaddq_n_s32(r, f.io->output_zero_point);
    r = vmaxq_s32(r, vdupq_n_s32(f.io->lowest));
    r = vminq_s32(r, vdupq_n_s32(f.io->highest));
    vstrbq_s32(y + i, r);
  }
}

/// Fewer than four filters over one pixel.
[[gnu::noinline]] inline void few_filters(const Filters& f, std::int8_t* y) {
  for (int i = 0; i < f.count; ++i) {
    const std::int8_t* const w = f.w + i * f.row;
    const int vectors = 16 * f.full;
    std::int32_t sum = f.bias[i];
    for (int at = 0; at < vectors; at += 16) sum = vmladavaq_s8(sum, vld1q_s8(f.x + at), vld1q_s8(w + at));
    const mve_pred16_t p = vctp8q(static_cast<std::uint32_t>(f.last));
    sum = vmladavaq_s8(sum, vld1q_s8(f.x + vectors), vldrbq_z_s8(w + vectors, p));
    y[i] = requantize_to_int8(sum, f.scale[i * f.scale_step], *f.io);
  }
}

/// Calls `fours(y)` for all fours of filters, then for the last four where the count is no multiple of 4.
template <class Run>
[[gnu::always_inline]] inline void all_fours(Filters& f, std::int8_t* y, Run&& fours) {
  if (f.count % 4 == 0) return fours(y);
  const int before = f.count - 4, all = f.fours;
  fours(y);
  f.move(before);
  f.fours = 1;
  fours(y + before);
  f.move(-before);
  f.fours = all;
}

/// One pixel, whose taps lie at `x`, filled up with zeros to a multiple of 16.
[[gnu::noinline]] inline void one_pixel(Filters& f, std::int8_t* y) {
  if (f.count < 4) return few_filters(f, y);
  if (!f.pairs) return any_filters(f, y);
  all_fours(
      f, y, [&](std::int8_t * to) __attribute__((always_inline)) { dot_4x1(f, to); });
}

/// Two pixels, whose taps lie there by turns. Only where `pairs` holds.
[[gnu::noinline]] inline void two_pixels(Filters& f, std::int8_t* y) {
  all_fours(
      f, y, [&](std::int8_t * to) __attribute__((always_inline)) {
        if (f.full == 0)
          short_dot_4x2(f, to);
        else
          dot_4x2(f, to);
      });
}

[[gnu::noinline]] inline void set_filters(Filters& f, const Int8Convolution& d, const std::int8_t* w,
                                          const std::int32_t* bias, const Int8Scale* scale, const Int8Io& io,
                                          const std::int8_t* x) {
  set_fours(f, d, w, bias, scale, io, x);
  f.io = &io;
  f.count = d.filters;
  f.scale_step = d.per_channel;
  f.pairs = d.filters >= 4 && all_right(scale, d.per_channel ? d.filters : 1);
  if (d.per_channel) return;
  for (Int8Scale& s : f.same) s = scale[0];
  f.scale = f.same;
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
