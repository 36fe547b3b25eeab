// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/convolution.hpp>

/// Convolutions of many samples with few results a place, or with some that fill no vectors: lanes hold the
/// same result of as many samples. Data are copied line by line with samples innermost.
namespace etch::kernels::vector::inline ETCH_TARGET {

inline constexpr int sample_sums = 2 * row_tile;  // of a tile: half the registers
/// Places in a tile of so many results.
template <int results>
inline constexpr int sample_places = sample_sums / results < 8 ? sample_sums / results : 8;

/// How a tile walks over its taps, in numbers of one sample. `lines` are the lines of data that it reads.
template <class T>
struct SampleWalk {
  const T* lines[16];
  int down = 0, across = 0, run = 0, from_across = 0;
  int w_down = 0, w_across = 0, w_run = 0, w_result = 0;
};

/// sums[place][result][sample] of places whose data are `step` apart.
template <int places, int results, class T>
[[gnu::noinline]] inline void samples_tile(const SampleWalk<T>& t, int first, int step, const T* w,
                                           const T* start, T* sums) {
  using V = Vector<widest>;
  V sum[places * results];
#pragma GCC unroll 16
  for (int k = 0; k < places * results; ++k)
    sum[k] = start ? in_all_lanes<V>(start[k % results]) : in_all_lanes<V>(T(0));
  for (int j = 0; j < t.down; ++j)
    for (int i = 0; i < t.across; ++i) {
      const T* f = t.lines[j] + (first + i * t.from_across) * widest;
      const T* wn = w + j * t.w_down + i * t.w_across;
      for (int n = 0; n < t.run; ++n, f += widest, wn += t.w_run) {
        V x[places];
#pragma GCC unroll 8
        for (int p = 0; p < places; ++p) {
          load<widest>(x[p], f + p * step * widest);
          keep_in_register(x[p]);
        }
#pragma GCC unroll 8
        for (int k = 0; k < results; ++k) {
          auto factor = in_all_lanes<V>(wn[k * t.w_result]);
          if constexpr (places > 1 && !ETCH_NEON_LANES) keep_in_register(factor);
#pragma GCC unroll 8
          for (int p = 0; p < places; ++p) add_products<T>(x[p], factor, sum[p * results + k]);
        }
      }
    }
#pragma GCC unroll 16
  for (int k = 0; k < places * results; ++k) store<widest>(sum[k], sums + k * widest);
}

/// to[n][sample] of `count` numbers of each sample; those of samples are `stride` apart.
template <class T>
inline void pack_samples(int count, const T* from, int stride, T* to) {
  int n = 0;
  for (; n + 4 <= count; n += 4)
    for (int s = 0; s < widest; s += 4)
      transpose4(from + s * stride + n, stride, to + n * widest + s, widest);
  for (; n < count; ++n)
    for (int s = 0; s < widest; ++s) to[n * widest + s] = from[s * stride + n];
}

/// The way back, of the results of a tile.
template <int results, class T>
inline void unpack_samples(const T* sums, T* to, int stride) {
  if constexpr (results == 1) {
    for (int s = 0; s < widest; ++s) to[s * stride] = sums[s];
  } else {
    for (int s = 0; s < widest; s += 4)
      for (int k = 0; k < results; k += 4)
        transpose4(sums + k * widest + s, widest, to + s * stride + k, stride);
  }
}

/// `widest` samples. Lines of data wait in a ring of as many as the taps of one place reach over.
template <bool back, class T>
struct SampleLanes {
  const Convolution& c;
  const T *w, *start;
  Sides<back> side{c};
  int line = side.from_width * side.channels;
  int in = back ? c.group_filters() : c.group_channels(), out = back ? c.group_channels() : c.group_filters();

  static constexpr int ring(const Convolution& c) { return (c.h.kernel - 1) * c.h.dilation + 1; }
  /// Whether lanes of samples are worth it, and have room.
  static bool fit(const Convolution& c) {
    const Sides<back> side{c};
    const int out = back ? c.group_channels() : c.group_filters();
    const int sum = c.h.kernel * c.w.kernel * (back ? c.group_filters() : c.group_channels());
    const bool fills_vectors = out * 5 >= (out + widest - 1) / widest * widest * 4;
    return !fills_vectors && sum >= 16 && c.h.kernel <= 16 &&
           ring(c) * side.from_width * side.channels * widest <= convolution_room;
  }

  /// The results of a tile, at some places.
  template <int places, int results>
  void tile(const SampleWalk<T>& t, int first, int step, int o, int weight, T* to) const {
    alignas(line_bytes) T sums[places * results * widest];
    samples_tile<places, results>(t, first, step, w + weight, start ? start + o : start, sums);
    for (int p = 0; p < places; ++p)
      unpack_samples<results>(static_cast<const T*>(sums + p * results * widest), to + p * side.results + o,
                              side.to_sample);
  }
  /// All results of a group at some places. The last tile of results, and of places, may reach back.
  template <int results>
  void group(const SampleWalk<T>& t, int g, int count, int first, int step, int weight, T* to) const {
    constexpr int most = sample_places<results>;
    const int some = count >= most ? most : 1;
    for (int p = 0; p < count; p += some)
      for (int k = 0; k < out; k += results) {
        const int at = p + some <= count ? p : count - some, o = k + results <= out ? k : out - results;
        const auto run = some == 1 ? &SampleLanes::tile<1, results> : &SampleLanes::tile<most, results>;
        (this->*run)(t, first + at * step + g * in, step, g * out + o,
                     weight + (back ? o * c.filters + g * in : g * out + o), to + at * side.results);
      }
  }
  /// A line of places.
  void places(SampleWalk<T>& t, const Taps& y, T* to) const {
    const int tap = c.group_channels() * c.filters;
    const auto run = out >= 8   ? &SampleLanes::group<8>
                     : out >= 4 ? &SampleLanes::group<4>
                                : &SampleLanes::group<1>;
    for (int px = 0, n = 0; px < side.width; px += n) {
      int apart = 0;
      const Taps x = taps_of<back>(c.w, px);
      n = alike<back>(c.w, side.width, px, x, apart);
      t.across = x.count, t.run = in, t.from_across = x.move * side.channels, t.w_across = x.step * tap;
      if (!back && c.groups == 1 && x.move == 1) t.run *= t.across, t.across = 1;
      for (int g = 0; g < c.groups; ++g)
        (this->*run)(t, g, n, x.at * side.channels, apart * side.channels,
                     (y.first * c.w.kernel + x.first) * tap, to + px * side.results);
    }
  }

  void run(const T* from, T* to) const {
    alignas(line_bytes) T packed[convolution_room];
    const int lines = ring(c), tap_line = c.w.kernel * c.group_channels() * c.filters;
    int next = 0;  // line to pack
    for (int py = 0; py < side.height; ++py, to += side.width * side.results) {
      const Taps y = taps_of<back>(c.h, py);
      const int last = y.at + (y.count - 1) * y.move, end = (last > y.at ? last : y.at) + 1;
      if (y.count > 0) {
        const int begin = end - lines;
        for (next = next < begin ? begin : next; next < end; ++next)
          pack_samples(line, from + next * line, side.from_sample, packed + next % lines * line * widest);
      }
      SampleWalk<T> t;
      t.down = y.count, t.w_down = y.step * tap_line;
      t.w_run = back ? 1 : c.filters, t.w_result = back ? c.filters : 1;
      for (int j = 0; j < y.count; ++j) t.lines[j] = packed + (y.at + j * y.move) % lines * line * widest;
      places(t, y, to);
    }
  }
};

/// The parameters are those of the portable kernel, so that a call finds the one that wants more of T.
template <bool back, Single T, bool adds = false>
requires(!adds) inline void convolve_groups(const Convolution& c, int rows, const T* from, const T* w,
                                            const T* start, T* to) {
  if (!has_form<T> || !convolve_fits<back>(c))
    return portable::convolve_groups<back>(c, rows, from, w, start, to);
  if constexpr (has_form<T>) {
    if (rows >= widest && SampleLanes<back, T>::fit(c)) {
      const SampleLanes<back, T> samples{c, w, start};
      for (; rows >= widest; rows -= widest) {
        samples.run(from, to);
        from += widest * samples.side.from_sample, to += widest * samples.side.to_sample;
      }
    }
    convolve_results<back>(c, rows, from, w, start, to);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
