// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_filters.hpp>
#include <runtime/kernels/scalar/int8_triple.hpp>

namespace etch::kernels::scalar::inline ETCH_TARGET {

/// One tap of `Blocks` times three pixels.
template <class Triple, int Blocks>
struct TripleTap {
  Triple of[Blocks];
};

/// How many filters share what is loaded of pixels: as many as there are registers for.
inline constexpr int filters_at_once = !few_registers ? 3 : kernel_set == KernelSet::triples ? 1 : 2;

/// Sums of taps of `Count` filters. \param taps at most `triple_taps`, a multiple of 4
template <int Count, class Triple, int Blocks>
[[gnu::noinline]] inline void sum_taps(const std::int8_t* first, int row, const TripleTap<Triple, Blocks>* x,
                                       int taps, Triple* sums) {
  const std::int8_t* w[Count];
  Triple sum[Count][Blocks];
#pragma GCC unroll 4
  for (int i = 0; i < Count; ++i) {
    w[i] = i == 0 ? first : w[i - 1] + row;
#pragma GCC unroll 2
    for (Triple& s : sum[i]) s = {triple_start, triple_start, triple_start};
  }
  const auto* const end = x + taps;
  do {
#pragma GCC unroll 4
    for (int tap = 0; tap < 4; ++tap, ++x)
#pragma GCC unroll 4
      for (int i = 0; i < Count; ++i) {
        const std::int32_t weight = *w[i]++;
#pragma GCC unroll 2
        for (int b = 0; b < Blocks; ++b) {
          sum[i][b].add(x->of[b], weight);
          sum[i][b].settle();
        }
      }
  } while (x != end);
#pragma GCC unroll 4
  for (int i = 0; i < Count; ++i)
#pragma GCC unroll 2
    for (int b = 0; b < Blocks; ++b) *sums++ = sum[i][b];
}

/// Where results of three pixels go, from those of the first one on: some may be the same.
struct TriplePlaces {
  int first, second, third;
};

/// What the filters of a call go through.
template <int Blocks>
struct FilterWalk {
  const std::int8_t* weights;
  const std::int32_t* bias;
  const Int8Scale* scale;
  int row, scale_step;
  std::int8_t* y;
  TriplePlaces places[Blocks];
};

/// Sums of taps of `count` filters: `filters_at_once`, or one.
template <class Triple, int Blocks>
[[gnu::always_inline]] inline void sum_taps(const std::int8_t* w, int count, int row,
                                            const TripleTap<Triple, Blocks>* x, int taps, Triple* sums) {
  if constexpr (filters_at_once > 1)
    if (count > 1) return sum_taps<filters_at_once>(w, row, x, taps, sums);
  sum_taps<1>(w, row, x, taps, sums);
}

/// Sums of the next filters, each of as many words as there are blocks.
template <class Triple, int Blocks>
struct FilterSums {
  static constexpr int most = filters_at_once * Blocks;
  Triple last[most];             ///< of taps that one sum holds
  std::int32_t before[most][3];  ///< where there are more of them, of the others

  /// \return how many such parts there are before the last
  [[gnu::noinline]] int sum_before(const std::int8_t* w, int count, int row,
                                   const TripleTap<Triple, Blocks>* x) {
    for (auto& sum : before)
      for (std::int32_t& of_pixel : sum) of_pixel = 0;
    int parts = 0;
    for (int taps = row; taps > triple_taps; taps -= triple_taps, ++parts) {
      sum_taps(w + parts * triple_taps, count, row, x + parts * triple_taps, triple_taps, last);
      for (int i = 0; i < count * Blocks; ++i) last[i].split_into(before[i]);
    }
    return parts;
  }
};

/// The next `count` filters.
template <class Rounding, class Triple, int Blocks>
[[gnu::always_inline]] inline void multiply_filters(FilterWalk<Blocks>& f, int count,
                                                    const TripleTap<Triple, Blocks>* x,
                                                    const Rounding& rounding) {
  FilterSums<Triple, Blocks> sums;
  const int parts = f.row > triple_taps ? sums.sum_before(f.weights, count, f.row, x) : 0;
  const int before = parts * triple_taps;
  sum_taps(f.weights + before, count, f.row, x + before, f.row - before, sums.last);
  f.weights += count * f.row;
#pragma GCC unroll 1
  for (int i = 0; i < count; ++i, ++f.y, f.scale += f.scale_step) {
    const auto round = rounding(*f.scale);
    const std::int32_t bias = *f.bias++ - (parts + 1) * triple_start;
#pragma GCC unroll 1
    for (int b = Blocks - 1; b >= 0; --b) {
      std::int32_t sum[]{bias, bias, bias};
      sums.last[i * Blocks + b].split_into(sum);
      if (parts > 0)
#pragma GCC unroll 3
        for (int p = 0; p < 3; ++p) sum[p] += sums.before[i * Blocks + b][p];
      const TriplePlaces to = f.places[b];
      f.y[to.third] = round(sum[2]);  // backwards: the last pixel that there is has the last word
      f.y[to.second] = round(sum[1]);
      f.y[to.first] = round(sum[0]);
    }
  }
}

/// \param rounding what makes results of sums, of a scale
template <class Triple, int Blocks, class Rounding>
[[gnu::always_inline]] inline void multiply_triples(const Filters& f, const TripleTap<Triple, Blocks>* x,
                                                    int pixels, std::int8_t* y, const Rounding& rounding) {
  FilterWalk<Blocks> walk{f.weights, f.bias, f.scale, f.row, f.scale_step, y, {}};
  int at = 0;
  const auto next = [&] {
    const int place = at;
    if (--pixels > 0) at += f.count;
    return place;
  };
  for (TriplePlaces& places : walk.places) {
    places.first = next();
    places.second = next();
    places.third = next();
  }
  for (int filters = f.count; filters > 0;) {
    const int count = filters >= filters_at_once ? filters_at_once : 1;
    multiply_filters(walk, count, x, rounding);
    filters -= count;
  }
}

template <class Rounding, class Triple, int Blocks>
[[gnu::noinline]] inline void multiply_triples_fast(const Filters& f, const TripleTap<Triple, Blocks>* x,
                                                    int pixels, std::int8_t* y) {
  const std::int32_t zero_point = f.io.output_zero_point;
  multiply_triples(f, x, pixels, y, [=](const Int8Scale& scale) { return Rounding(scale, zero_point); });
}

template <class Triple, int Blocks>
[[gnu::noinline]] inline void multiply_triples_any(const Filters& f, const TripleTap<Triple, Blocks>* x,
                                                   int pixels, std::int8_t* y) {
  multiply_triples(f, x, pixels, y, [&](const Int8Scale& scale) { return AnyRounding{&scale, &f.io}; });
}

/// As many pixels by all filters; what else `x` holds are numbers of the last one. Results of a pixel lie
/// `f.count` bytes after those of the one before.
template <class Triple, int Blocks>
[[gnu::always_inline]] inline void multiply_triples(const Filters& f, const TripleTap<Triple, Blocks>* x,
                                                    int pixels, std::int8_t* y) {
  if (!f.fast)
    multiply_triples_any(f, x, pixels, y);
  else if (f.io.output_zero_point == RectifiedRounding::zero_point)
    multiply_triples_fast<RectifiedRounding>(f, x, pixels, y);
  else
    multiply_triples_fast<ChannelRounding>(f, x, pixels, y);
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
