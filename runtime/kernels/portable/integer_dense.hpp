// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <cstring>
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
  const std::int8_t* const end = x + d.row;
  std::int32_t j = 0;
  for (; j + 4 <= d.out; j += 4, sums += 4, w += 3 * d.row) {
    std::int32_t a = sums[0], b = sums[1], c = sums[2], f = sums[3];
    for (const std::int8_t* at = x; at != end; ++at, ++w) {
      const std::int8_t* const two = w + 2 * d.row;
      a += *at * w[0], b += *at * w[d.row], c += *at * two[0], f += *at * two[d.row];
    }
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = f;
  }
  for (; j < d.out; ++j, ++sums) {
    std::int32_t sum = *sums;
    for (const std::int8_t* at = x; at != end; ++at, ++w) sum += *at * *w;
    *sums = sum;
  }
}

/// sums[i] = sum of e[j] * w[j][i], for all `row`.
inline void integer_input_gradient(const IntegerDense& d, const std::int8_t* e, const std::int8_t* w,
                                   std::int32_t* sums) {
  const std::int8_t* const end = e + d.out;
  for (std::int32_t i = 0; i < d.row; i += 4, sums += 4) {
    std::int32_t a = 0, b = 0, c = 0, f = 0;
    const std::int8_t* from = w + i;
    for (const std::int8_t* at = e; at != end; ++at, from += d.row)
      a += *at * from[0], b += *at * from[1], c += *at * from[2], f += *at * from[3];
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = f;
  }
}

/// A row of weights loses n * x / 2^7, rounded stochastically: w = (w * 2^7 + r - n * x) / 2^7 rounded down
/// and limited to int8, r seven random bits. |n| is at most 127. By itself: within a step, its loop has no
/// registers left.
[[gnu::noinline]] inline void integer_update(std::int32_t row, std::int32_t n, const std::int8_t* x,
                                             RoundingWords words, std::int8_t* w) {
  for (const std::int8_t* const end = x + row; x != end; x += 4, w += 4) {
    std::uint32_t random = words.next(), inputs = 0;
    std::memcpy(&inputs, __builtin_assume_aligned(x, 4), sizeof inputs);
    if (inputs == 0) continue;
#pragma GCC unroll 4
    for (std::int32_t k = 0; k < 4; ++k, random >>= 8) {
      const auto r = static_cast<std::int32_t>(random & 127);
      const std::int32_t sum = (w[k] * (1 << integer_update_bits) + r - n * x[k]) >> integer_update_bits;
      w[k] = static_cast<std::int8_t>(sum < -128 ? -128 : sum > 127 ? 127 : sum);
    }
  }
}

}  // namespace portable

}  // namespace etch::kernels
