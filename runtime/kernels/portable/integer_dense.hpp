// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <runtime/kernels/portable/integer_rounding.hpp>

namespace etch::kernels {

/// A dense layer of int8 as integer training has it: a row of weights for each result. Rows, and the inputs
/// and results of layers, begin at whole words and have zeros behind their last number, so that kernels read
/// and write four at a time. Sums are exact: `row` is at most 2^16.
struct IntegerDense {
  std::int32_t row = 0;  ///< bytes of a row, a multiple of 4
  std::int32_t out = 0;
};

/// Weights have 7 bits more while a step changes them.
inline constexpr std::int32_t integer_update_bits = 7;

namespace portable {

/// sums[j] += sum of x[i] * w[j][i].
inline void integer_forward(const IntegerDense& d, const std::int8_t* x, const std::int8_t* w,
                            std::int32_t* sums) {
  for (std::int32_t j = 0; j < d.out; ++j, w += d.row) {
    std::int32_t sum = sums[j];
    for (std::int32_t i = 0; i < d.row; ++i) sum += x[i] * w[i];
    sums[j] = sum;
  }
}

/// sums[i] = sum of e[j] * w[j][i], for all `row`.
inline void integer_input_gradient(const IntegerDense& d, const std::int8_t* e, const std::int8_t* w,
                                   std::int32_t* sums) {
  for (std::int32_t i = 0; i < d.row; ++i) sums[i] = 0;
  for (std::int32_t j = 0; j < d.out; ++j, w += d.row)
    for (std::int32_t i = 0; i < d.row; ++i) sums[i] += e[j] * w[i];
}

/// A row of weights loses n * x / 2^7, rounded stochastically: w = (w * 2^7 + r - n * x) / 2^7 rounded down
/// and limited to int8, r seven random bits. |n| is at most 127.
inline void integer_update(std::int32_t row, std::int32_t n, const std::int8_t* x, RoundingWords words,
                           std::int8_t* w) {
  for (std::int32_t i = 0; i < row; i += 4) {
    const std::uint32_t random = words.next();
    for (std::int32_t k = i; k < i + 4; ++k) {
      const auto r = static_cast<std::int32_t>(random >> 8 * (k - i) & 127);
      const std::int32_t sum = (w[k] * (1 << integer_update_bits) + r - n * x[k]) >> integer_update_bits;
      w[k] = static_cast<std::int8_t>(sum < -128 ? -128 : sum > 127 ? 127 : sum);
    }
  }
}

}  // namespace portable

}  // namespace etch::kernels
