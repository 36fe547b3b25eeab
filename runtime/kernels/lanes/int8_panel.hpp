// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_image.hpp>
#include <runtime/kernels/lanes/requantize.hpp>

/// A panel: the weights of 16 filters side by side as int16, pair of taps after pair of taps, so that a
/// product with two taps of a pixel, in all lanes, is a part of 16 sums.
namespace etch::kernels::lanes::inline ETCH_TARGET {

/// to[c][r] = from[r][c] of 4 x 4 words.
template <class T>
[[gnu::always_inline]] inline void transpose_words(const Words<4> (&from)[4], T* to, int apart) {
  const Words<4> low01 = __builtin_shufflevector(from[0], from[1], 0, 4, 1, 5);
  const Words<4> high01 = __builtin_shufflevector(from[0], from[1], 2, 6, 3, 7);
  const Words<4> low23 = __builtin_shufflevector(from[2], from[3], 0, 4, 1, 5);
  const Words<4> high23 = __builtin_shufflevector(from[2], from[3], 2, 6, 3, 7);
  store(Words<4>(__builtin_shufflevector(low01, low23, 0, 1, 4, 5)), to);
  store(Words<4>(__builtin_shufflevector(low01, low23, 2, 3, 6, 7)), to + apart);
  store(Words<4>(__builtin_shufflevector(high01, high23, 0, 1, 4, 5)), to + 2 * apart);
  store(Words<4>(__builtin_shufflevector(high01, high23, 2, 3, 6, 7)), to + 3 * apart);
}

/// Lays out the filters from `first` on. What lies in place of filters beyond the last is of no account.
/// \tparam paired as `int8_is_paired` says.
template <bool paired>
[[gnu::noinline]] inline void lay_out_panel(const Int8Convolution& d, const std::int8_t* w, int first,
                                            std::int16_t* to) {
  constexpr int panel_step = 2 * panel_filters;
  const WindowRuns runs = window_runs(d);
  const int last = d.filters - 1;
  const bool even = runs.taps % 2 == 0;  // one run behind the other is one
  const int taps = even ? d.taps() : runs.taps, all = even ? 1 : runs.down * runs.across;
  for (int run = 0; run < all; ++run) {
    int tap = 0;
    if constexpr (!paired)
      for (; tap + 8 <= taps; tap += 8, to += 4 * panel_step)
        for (int f = 0; f < panel_filters; f += 4) {
          Words<4> pairs[4];
          for (int k = 0; k < 4; ++k) {
            const int filter = first + f + k < last ? first + f + k : last;
            Halves<8> wide;
            widen_eight(w + filter * d.row + run * taps + tap, wide);
            pairs[k] = (Words<4>)wide;
          }
          transpose_words(pairs, to + 2 * f, panel_step);
        }
    for (; tap < taps; tap += 2, to += panel_step)
      for (int f = 0; f < panel_filters; ++f) {
        const int filter = first + f < last ? first + f : last, at = run * taps + tap;
        const auto weight = [&](int i) {
          return paired ? int8_weight(d, w, filter, i) : w[filter * d.row + i];
        };
        to[2 * f] = static_cast<std::int16_t>(weight(at));
        to[2 * f + 1] = static_cast<std::int16_t>(tap + 1 < taps ? weight(at + 1) : 0);
      }
  }
}

/// What brings the sums of a panel to results, filter by filter.
struct PanelScales {
  std::int32_t bias[panel_filters], multiplier[panel_filters], shift[panel_filters], stays[panel_filters];
  const Int8Scale* scale;  ///< of the first filter
  int scale_step;          ///< 0 where all have one
  int count;               ///< filters, at most 16
  bool right;              ///< all scales go right
};

[[gnu::always_inline]] inline PanelScales panel_scales(const Int8Convolution& d, int first,
                                                       const std::int32_t* bias, const Int8Scale* scale) {
  PanelScales p;
  p.scale_step = d.per_channel != 0 ? 1 : 0;
  p.scale = scale + first * p.scale_step;
  p.count = d.filters - first < panel_filters ? d.filters - first : panel_filters;
  p.right = true;
  for (int f = 0; f < panel_filters; ++f) {
    const int of = f < p.count ? f : p.count - 1;
    const Int8Scale& s = p.scale[of * p.scale_step];
    const RightScale right = right_scale(s);
    p.right = p.right && goes_right(s);
    p.bias[f] = bias[first + of];
    p.multiplier[f] = right.multiplier;
    p.shift[f] = right.shift;
    p.stays[f] = right.stays;
  }
  return p;
}

/// Results of a pixel by sums that have their bias.
template <int n>
[[gnu::always_inline]] inline void finish_pixel(const PanelScales& p, const Bounds& bounds, const Int8Io& io,
                                                Words<n> (&sum)[panel_filters / n], std::int8_t* y) {
  std::int8_t results[panel_filters];
  if (p.right) {
#pragma GCC unroll 4
    for (int v = 0; v < panel_filters / n; ++v) {
      Words<n> multiplier, shift, stays;
      load(multiplier, p.multiplier + v * n);
      load(shift, p.shift + v * n);
      load(stays, p.stays + v * n);
      requantize_right<n>(sum[v], multiplier, shift, stays);
      bring_within<n>(sum[v], bounds);
    }
    if (p.count == panel_filters) return store_sixteen<n>(sum, y);
    store_sixteen<n>(sum, results);
  } else {
    std::int32_t sums[panel_filters];
    __builtin_memcpy(sums, &sum, sizeof sums);
    for (int f = 0; f < p.count; ++f) results[f] = requantize_to_int8(sums[f], p.scale[f * p.scale_step], io);
  }
  for (int f = 0; f < p.count; ++f) y[f] = results[f];
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
