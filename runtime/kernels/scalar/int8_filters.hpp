// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_requantize.hpp>
#include <runtime/kernels/scalar/int8_word.hpp>

namespace etch::kernels::scalar::inline ETCH_TARGET {

/// The filters of one call.
struct Filters {
  const std::int8_t* weights;
  const std::int32_t* bias;
  const Int8Scale* scale;
  int row;  ///< bytes from filter to filter
  int count;
  int scale_step;  ///< 1, or 0 where all share a scale
  bool fast;       ///< all filters pass `rounds_fast`
  const Int8Io& io;
};

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
