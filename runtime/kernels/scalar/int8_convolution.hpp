// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_multiply.hpp>
#include <runtime/kernels/scalar/int8_scratch.hpp>
#if ETCH_ASSEMBLY
#include <runtime/kernels/scalar/int8_pack.hpp>
#else
#include <runtime/kernels/scalar/int8_pack_triples.hpp>
#endif

/// For cores without instructions that take several bytes at once.
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Whether all filters pass `rounds_fast`, seen by bits that none of them may have.
[[gnu::noinline]] inline bool all_round_fast(const Int8Convolution& d, const std::int32_t* bias,
                                             const Int8Scale* scale) {
  std::int32_t large = 0, far = 0;
  for (const std::int32_t* const end = bias + d.filters; bias != end; ++bias) large |= *bias ^ *bias >> 31;
  for (const Int8Scale* const end = scale + (d.per_channel ? d.filters : 1); scale != end; ++scale)
    far |= ~scale->shift | (20 - ~scale->shift);
  return large < fast_bias && far >= 0 && d.row < fast_bias >> 14;
}

#if ETCH_ASSEMBLY
/// Four pixels, or the windows of four results, at a time.
struct Fours {
  static constexpr int count = 4, least = 4;
  std::uint32_t* words;

  [[gnu::always_inline]] explicit Fours(std::int8_t* scratch)
      : words(reinterpret_cast<std::uint32_t*>(scratch)) {}
  [[gnu::always_inline]] void pack(const std::int8_t* x, int channels, int) const {
    pack_four(x, channels, channels, words);
  }
  using Walk = Windows;
  [[gnu::always_inline]] void pack(Walk& windows, int) const { pack_windows(windows, words); }
  [[gnu::always_inline]] void multiply(const Filters& f, int, std::int8_t* y) const {
    multiply_four(f, words, y);
  }
};
using PixelsAtOnce = Fours;
#else
/// Three or six pixels in triples; the last time it may be fewer.
template <class Triple, int Blocks>
struct Triples {
  static constexpr int count = 3 * Blocks, least = Blocks == 1 ? 3 : 4;
  TripleTap<Triple, Blocks>* taps;

  [[gnu::always_inline]] explicit Triples(std::int8_t* scratch)
      : taps(reinterpret_cast<TripleTap<Triple, Blocks>*>(scratch)) {}
  [[gnu::always_inline]] void pack(const std::int8_t* x, int channels, int pixels) const {
    pack_pixels(x, channels, pixels, channels, taps);
  }
  using Walk = WindowWalk;
  [[gnu::always_inline]] void pack(Walk& windows, int pixels) const { pack_windows(windows, pixels, taps); }
  [[gnu::always_inline]] void multiply(const Filters& f, int pixels, std::int8_t* y) const {
    multiply_triples(f, taps, pixels, y);
  }
};
using PixelsAtOnce = Triples<Triple, kernel_set == KernelSet::triples ? 2 : 1>;
#endif

/// 1x1: a few pixels at a time, read whole before any of their results is written.
template <class Pixels>
[[gnu::noinline]] inline void pointwise(const Int8Convolution& d, const std::int8_t* x, const std::int8_t* w,
                                        const std::int32_t* bias, const Int8Scale* scale, const Int8Io& io,
                                        std::int8_t* y, std::int8_t* scratch) {
  const Filters f{w, bias, scale, d.row, d.filters, d.per_channel, all_round_fast(d, bias, scale), io};
  const int channels = d.channels;
  const Pixels several(scratch);
  std::int8_t* const results = y;
  int pixels = d.y.out * d.x.out;
  if (has_room_for_several(d))
    while (pixels >= Pixels::least) {
      const int n = pixels < Pixels::count ? pixels : Pixels::count;
      several.pack(x, channels, n);
      several.multiply(f, n, y);
      x += n * channels;
      y += n * f.count;
      pixels -= n;
    }
  for (; pixels > 0; --pixels, x += channels, y += f.count) {
    std::memcpy(scratch, x, static_cast<unsigned>(channels));
    multiply_one(f, scratch, y);
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

/// k x k: the windows of a few results at a time, in the order of results.
template <class Pixels>
[[gnu::noinline]] inline void over_windows(const Int8Convolution& d, const std::int8_t* x,
                                           const std::int8_t* w, const std::int32_t* bias,
                                           const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                           std::int8_t* scratch) {
  const Filters f{w, bias, scale, d.row, d.filters, d.per_channel, all_round_fast(d, bias, scale), io};
  typename Pixels::Walk windows(d, x, io.input_zero_point);
  const Pixels several(scratch);
  std::int8_t* const results = y;
  int pixels = d.y.out * d.x.out;
  if (has_room_for_several(d))
    while (pixels >= Pixels::least) {
      const int n = pixels < Pixels::count ? pixels : Pixels::count;
      several.pack(windows, n);
      several.multiply(f, n, y);
      y += n * f.count;
      pixels -= n;
    }
  for (; pixels > 0; --pixels, y += f.count) {
    const WindowPlace place = windows.take();
    copy_window(d, x, place.top, place.left, io.input_zero_point, scratch);
    multiply_one(f, scratch, y);
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

template <class Pixels>
[[gnu::always_inline]] inline void convolve(const Int8Convolution& d, const std::int8_t* x,
                                            const std::int8_t* w, const std::int32_t* bias,
                                            const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                            std::int8_t* scratch) {
  if (d.pointwise())
    pointwise<Pixels>(d, x, w, bias, scale, io, y, scratch);
  else
    over_windows<Pixels>(d, x, w, bias, scale, io, y, scratch);
}

[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  convolve<PixelsAtOnce>(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
