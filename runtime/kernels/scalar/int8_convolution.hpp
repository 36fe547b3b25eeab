// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_multiply.hpp>
#include <runtime/kernels/scalar/int8_pack.hpp>
#include <runtime/kernels/scalar/int8_scratch.hpp>

/// For cores without instructions that take several bytes at once.
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Whether all filters pass `rounds_fast`, seen by bits that none of them may have.
[[gnu::noinline]] inline bool all_round_fast(const Int8Convolution& d, const std::int32_t* bias,
                                             const Int8Scale* scale) {
  std::int32_t large = 0, far = 0;
  for (const std::int32_t* const end = bias + d.filters; bias != end; ++bias) large |= *bias ^ *bias >> 31;
  for (const Int8Scale* const end = scale + (d.per_channel ? d.filters : 1); scale != end; ++scale)
    far |= ~scale->shift | (20 - ~scale->shift);
  return large < 1 << 29 && far >= 0 && d.row < 1 << 15;
}

/// 1x1: four pixels at a time, read whole before any of their results is written.
[[gnu::noinline]] inline void pointwise(const Int8Convolution& d, const std::int8_t* x, const std::int8_t* w,
                                        const std::int32_t* bias, const Int8Scale* scale, const Int8Io& io,
                                        std::int8_t* y, std::int8_t* scratch) {
  const Filters f{w, bias, scale, d.row, d.filters, d.per_channel, all_round_fast(d, bias, scale), io};
  const int channels = d.channels;
  auto* const words = reinterpret_cast<std::uint32_t*>(scratch);
  std::int8_t* const results = y;
  int pixels = d.y.out * d.x.out;
  for (; pixels >= 4; pixels -= 4, x += 4 * channels, y += 4 * f.count) {
    pack_four(x, channels, channels, words);
    multiply_four(f, words, y);
  }
  for (; pixels > 0; --pixels, x += channels, y += f.count) {
    std::memcpy(scratch, x, static_cast<unsigned>(channels));
    multiply_one(f, scratch, y);
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

/// k x k: the windows of four results at a time, in the order of results.
[[gnu::noinline]] inline void over_windows(const Int8Convolution& d, const std::int8_t* x,
                                           const std::int8_t* w, const std::int32_t* bias,
                                           const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                           std::int8_t* scratch) {
  const Filters f{w, bias, scale, d.row, d.filters, d.per_channel, all_round_fast(d, bias, scale), io};
  Windows windows(d, x, io.input_zero_point);
  auto* const words = reinterpret_cast<std::uint32_t*>(scratch);
  std::int8_t* const results = y;
  int pixels = d.y.out * d.x.out;
  for (; pixels >= 4; pixels -= 4, y += 4 * f.count) {
    pack_windows(windows, words);
    multiply_four(f, words, y);
  }
  for (; pixels > 0; --pixels, y += f.count) {
    windows.advance();
    copy_window(d, x, windows.high.top, windows.high.left, io.input_zero_point, scratch);
    multiply_one(f, scratch, y);
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  if (d.pointwise())
    pointwise(d, x, w, bias, scale, io, y, scratch);
  else
    over_windows(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
