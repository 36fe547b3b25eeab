// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_softmax.hpp>

#include <bit>

namespace etch::kernels {

namespace fixed_point {

/// x raised; the reference's function saturates.
constexpr std::int32_t raised_by(std::int32_t x, int bits) { return bits > 0 ? shifted_left(x, bits) : x; }

/// What no result of `log_of_sum` is above: 9, of 5 integer bits.
inline constexpr std::int32_t most_log_of_sum = 9 << 26;

/// log(x) for x >= 1 of 12 integer bits; the result has 5, and is not below 0. A power of two is taken out so
/// that a rest r near 2^(-1/4) stays, of which a rational function gives the log.
[[gnu::noinline]] constexpr std::int32_t log_of_sum(std::int32_t x) {
  constexpr int bits = 12, wide_bits = 6;
  constexpr std::int32_t log_of_two = 1488522236, root_of_half = 1518500250, fourth_root_of_half = 1805811301;
  // With s = 2^(1/4): 11/240 s, s/20, 2/s - s and s/4.
  constexpr std::int32_t n = 117049297, d = 127690142, i = 1057819769, f = 638450708;
  constexpr std::int32_t quarter = 1 << (29 - wide_bits);
  const int above = std::countl_zero(static_cast<std::uint32_t>(x));
  const std::int32_t r_a = shifted_left(multiply(raised_by(x, above - 1), root_of_half), 1);
  const std::int32_t power_a = (bits - above) * (1 << (31 - wide_bits)) + quarter;
  const int below = std::countl_zero(static_cast<std::uint32_t>(multiply(x, root_of_half))) - 1;
  const std::int32_t r_b = raised_by(x, below);
  const std::int32_t power_b = (bits - below) * (1 << (31 - wide_bits)) - quarter;
  const std::int32_t r = r_a < r_b ? r_a : r_b, power = power_a > power_b ? power_a : power_b;
  const auto p = static_cast<std::int32_t>((std::int64_t{r} + fourth_root_of_half + 1) / 2);
  const std::int32_t q = 2 * (r - fourth_root_of_half), q2 = multiply(q, q);
  const std::int32_t numerator = multiply(q, r) + multiply(multiply(q, q2), n);
  const std::int32_t denominator = multiply(p, i + q + multiply(d, q2)) + multiply(f, q);
  return shifted_left(multiply(power, log_of_two) +
                          multiply(rounding_shift(numerator, wide_bits), one_over_one_plus(denominator)),
                      1);
}

}  // namespace fixed_point

/// As `Int8SoftmaxNumbers`, and the scale that leads back to differences.
struct Int8LogSoftmaxNumbers {
  Int8SoftmaxNumbers softmax;
  Int8Scale back;
};

/// The sum of exponentials stays below 2^12.
inline constexpr int most_log_softmax_width = (1 << 12) - 1;

/// Log-softmax of `groups` rows of `width` in fixed point, as TensorFlow Lite Micro's reference computes it.
/// Results have scale 1/16 and zero point 127. `y` may be `x`. A template of int8 alone: as a plain function
/// it would have what it calls made early, and the code of other kernels would grow in the size mode.
template <class T>
inline void int8_log_softmax(int groups, int width, const T* x, const Int8LogSoftmaxNumbers& n, T* y) {
  static_assert(sizeof(T) == 1);
  constexpr int difference_bits = 5, sum_bits = 12, result_bits = 4;
  const Int8Scale scale = n.softmax.scale;
  const std::int32_t least = n.softmax.least;
  for (int g = 0; g < groups; ++g, x += width, y += width) {
    std::int32_t largest = -128, sum = 0;
    for (int c = 0; c < width; ++c) largest = x[c] > largest ? x[c] : largest;
    for (int c = 0; c < width; ++c)
      if (x[c] - largest >= least)
        sum += rounding_shift(int8_softmax_exp(x[c] - largest, n.softmax, difference_bits), sum_bits);
    const std::int32_t log = fixed_point::log_of_sum(sum);
    // Differences from which the logarithm can be taken away.
    const std::int32_t reached = requantize(log + INT32_MIN, n.back.multiplier, n.back.shift);
    const std::int32_t below_least = (least < -255 ? -255 : least) - 1;  // no difference is below -255
    const std::int32_t above = reached > below_least ? reached : below_least;
    for (int c = 0; c < width; ++c) {
      std::int32_t result = -128;
      if (x[c] - largest > above) {
        const std::int32_t raised = requantize(x[c] - largest, scale.multiplier, scale.shift);
        result = rounding_shift(saturating_add(raised, -log), 31 - difference_bits - result_bits) + INT8_MAX;
      }
      y[c] = static_cast<T>(result < -128 ? -128 : result > INT8_MAX ? INT8_MAX : result);
    }
  }
}

}  // namespace etch::kernels
