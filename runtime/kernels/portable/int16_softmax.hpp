// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int16_functions.hpp>
#include <runtime/kernels/portable/requantize.hpp>
#include <runtime/kernels/portable/softmax_width.hpp>

namespace etch::kernels {

/// exp from -10 to 0 and 1 / (1 + x) from 0 to 1, both over all of int16 and to 2^-15.
struct Int16SoftmaxTables {
  const std::int16_t *exp = nullptr, *inverse = nullptr;
};

constexpr std::int32_t kept_in_int16(std::int32_t x) { return x < -32768 ? -32768 : x > 32767 ? 32767 : x; }

/// Softmax of `groups` rows of `width`, at most `most_softmax_width`, as TensorFlow Lite's SoftmaxInt16
/// computes it; results have scale 2^-15. `y` may be `x`. \param scale brings differences to the largest
/// number to steps of 10 / 65535.
inline void int16_softmax(int groups, int width, const std::int16_t* x, const Int8Scale& scale,
                          const Int16SoftmaxTables& tables, std::int16_t* y) {
  for (int g = 0; g < groups; ++g, x += width, y += width) {
    std::int32_t largest = -32768;
    for (int c = 0; c < width; ++c) largest = x[c] > largest ? x[c] : largest;
    std::int32_t sum = 0;
    for (int c = 0; c < width; ++c) {
      const std::int32_t difference = requantize(x[c] - largest, scale.multiplier, scale.shift);
      y[c] = int16_looked_up(kept_in_int16(difference + 32767), tables.exp);
      sum += y[c];
    }
    // The sum is between 1 and 2 times a power of two; its inverse is looked up at what is above 1.
    const int headroom = leading_zeros(static_cast<std::uint32_t>(sum));
    const std::int64_t raised = ((std::int64_t{sum} << (headroom - 1)) + (1 << 13)) >> 14;
    const std::int32_t above_one = static_cast<std::int32_t>(raised) - (1 << 15) - (1 << 16);
    const std::int32_t inverse = int16_looked_up(kept_in_int16(above_one), tables.inverse);
    const int right = 31 - headroom;
    for (int c = 0; c < width; ++c) {
      const std::int64_t share = (std::int64_t{y[c]} * inverse + (std::int64_t{1} << (right - 1))) >> right;
      y[c] = static_cast<std::int16_t>(share < 0 ? 0 : share > 32767 ? 32767 : share);
    }
  }
}

}  // namespace etch::kernels
