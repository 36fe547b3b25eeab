// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/fixed_point.hpp>
#include <runtime/kernels/portable/softmax_width.hpp>

namespace etch::kernels {

/// Scale of the differences to the largest input, to a number of 5 integer bits, and the difference below
/// which a result is zero.
struct Int8SoftmaxNumbers {
  Int8Scale scale;
  std::int32_t least = -255;
};

[[gnu::noinline]] inline std::int32_t int8_softmax_exp(std::int32_t difference, const Int8SoftmaxNumbers& n,
                                                       int integer_bits) {
  return fixed_point::exp_of_negative(requantize(difference, n.scale.multiplier, n.scale.shift),
                                      integer_bits);
}

/// Softmax of `groups` rows of `width`, at most `most_softmax_width`, in fixed point, as TensorFlow Lite's
/// reference computes it; no branch depends on what the numbers are. Results of int8 have scale 1/256 and
/// zero point -128, those of int16 scale 1/65536 and zero point -32768. `y` may be `x` where both are int8.
///
/// The reference is not defined where the exponentials sum to 512 and more, for int8 (its shift reaches 32),
/// or to 4096 (its sum overflows). There sums have 64 bits, and a result of int8 is rounded as the others
/// are: a probability of 1/512 and less is half a step at most, so it is 0, or 1 where it is all of 1/512.
template <class Result>
inline void int8_softmax(int groups, int width, const std::int8_t* x, const Int8SoftmaxNumbers& n,
                         Result* y) {
  constexpr int result_bits = 8 * sizeof(Result);
  constexpr std::int32_t lowest = -(1 << (result_bits - 1)), highest = -lowest - 1;
  constexpr int difference_bits = 5, sum_bits = 12;
  const auto exp_of = [&](std::int32_t difference) {
    return int8_softmax_exp(difference, n, difference_bits);
  };
  for (int g = 0; g < groups; ++g, x += width, y += width) {
    std::int32_t largest = -128;
    for (int c = 0; c < width; ++c) largest = x[c] > largest ? x[c] : largest;
    std::int64_t sum = 0;
    for (int c = 0; c < width; ++c) {
      const std::int32_t share = rounding_shift(exp_of(x[c] - largest), sum_bits);
      sum += either(x[c] - largest >= n.least, share, 0);
    }
    const auto inverse = fixed_point::reciprocal(sum, sum_bits);
    const int shift = inverse.bits + 31 - result_bits;
    const bool fits = shift <= 31;
    for (int c = 0; c < width; ++c) {
      const std::int32_t exponential = exp_of(x[c] - largest);
      const std::int32_t share =
          rounding_shift(fixed_point::multiply(inverse.value, exponential), either(fits, shift, 31));
      const bool half = std::int64_t{rounding_shift(exponential, sum_bits)} << (result_bits + 1) >= sum;
      const std::int32_t seen = either(fits, share, half ? 1 : 0);
      const std::int32_t result = lowest + either(x[c] - largest >= n.least, seen, 0);
      y[c] = static_cast<Result>(result > highest ? highest : result);
    }
  }
}

}  // namespace etch::kernels
