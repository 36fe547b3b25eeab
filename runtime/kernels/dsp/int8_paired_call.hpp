// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_call.hpp>
#include <runtime/kernels/dsp/int8_multiply_one_pairs.hpp>
#include <runtime/kernels/dsp/int8_multiply_pairs.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// How the filters of a step lie.
enum class Int8Layout {
  rows,
  pairs,         ///< an even number
  pairs_and_row  ///< and a row at the end
};

/// Four pixels by pairs, and by the row of the last filter.
template <class Scale>
[[gnu::noinline]] inline void multiply_pairs_and_row(const Int8Filters<Scale>& f, const std::int32_t* x,
                                                     std::int8_t* y) {
  if (f.filters > 1) multiply_pairs(f, x, y);
  const int last = f.filters - 1;
  multiply_four<Scale>({f.weights + last * 4 * f.words, f.bias + last, f.scale + last, f.words, 1, f.stride,
                        f.scale_step, f.io},
                       x, y + last);
}

/// Four pixels by all filters.
template <Int8Layout layout, class Scale>
[[gnu::always_inline]] inline void multiply_pixels(const Int8Call<Scale>& f, const std::int32_t* x,
                                                   std::int8_t* y) {
  if (layout == Int8Layout::rows)
    multiply_four(f, x, y);
  else if (layout == Int8Layout::pairs)
    multiply_pairs(f, x, y);
  else
    multiply_pairs_and_row(f, x, y);
}

/// One pixel by all filters. \tparam paired whether they lie in pairs, with a row at the end or without: one
/// function for both.
template <bool paired, class Scale>
[[gnu::noinline]] inline void multiply_pixel(const Int8Call<Scale>& f, const std::int32_t* x,
                                             std::int8_t* y) {
  if (!paired) {
    multiply_single(f, x, y);
    return;
  }
  const int in_fours = f.fast ? f.filters / 4 * 4 : 0;
  if (in_fours > 0) multiply_one_pairs(f, x, y);
  if (in_fours < f.filters) multiply_pairs_plain(f, in_fours, x, y);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
