// SPDX-License-Identifier: BSL-1.0
// Quantized softmax of every width: TensorFlow Lite's reference where that is defined, real numbers beyond.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <tests/firmware/int8_kernels/softmax_cases.hpp>
#include <vector>

namespace {

using namespace etch::kernels;
using softmax_cases::Row;

/// The reference's row (tensorflow/lite/kernels/internal/reference/softmax.h) in its own 32 bits; empty where
/// its sum or its shift leaves them.
std::vector<std::int32_t> reference_row(const std::vector<std::int32_t>& x, const Int8SoftmaxNumbers& n,
                                        int result_bits) {
  const std::int32_t largest = *std::max_element(x.begin(), x.end());
  const auto exp_of = [&](std::int32_t number) { return int8_softmax_exp(number - largest, n, 5); };
  std::int64_t sum = 0;
  for (const std::int32_t number : x)
    if (number - largest >= n.least) sum += rounding_shift(exp_of(number), 12);
  if (sum > INT32_MAX) return {};
  int headroom = 0;  // sum is 1.f * 2^(31 - headroom) of 19 binary places
  while ((sum << headroom & std::int64_t{1} << 31) == 0) ++headroom;
  const auto above_one = static_cast<std::int32_t>((sum << headroom) - (std::int64_t{1} << 31));
  const std::int32_t inverse = fixed_point::one_over_one_plus(above_one);
  const int shift = 12 - headroom + 31 - result_bits;
  if (shift > 31) return {};
  const std::int32_t lowest = -(1 << (result_bits - 1));
  std::vector<std::int32_t> y;
  for (const std::int32_t number : x) {
    const bool counts = number - largest >= n.least;
    const std::int32_t share = counts ? fixed_point::multiply(inverse, exp_of(number)) : 0;
    y.push_back(std::min(lowest + rounding_shift(share, shift), -lowest - 1));
  }
  return y;
}

std::vector<std::int32_t> inputs(Row row, int width) {
  std::vector<std::int32_t> x;
  for (int i = 0; i < width; ++i) x.push_back(softmax_cases::element(row, width, i));
  return x;
}

/// How far results lie from real ones, at most, in steps: `per_one` of them are 1.
template <class T>
double largest_error(const std::vector<std::int32_t>& x, double scale, const T* y, double per_one,
                     double zero_point) {
  double largest = -1e9, sum = 0, error = 0;
  for (const std::int32_t number : x) largest = std::max(largest, scale * number);
  for (const std::int32_t number : x) sum += std::exp(scale * number - largest);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double real = per_one * std::exp(scale * x[i] - largest) / sum;
    const double most = std::is_same_v<T, std::int8_t> ? 255 : per_one - 1;  // what its type can hold
    error = std::max(error, std::abs(y[i] - zero_point - std::min(real, most)));
  }
  return error;
}

/// The largest distance of int16 results from a division of the exponentials in the table, in steps.
double error_of_division(const softmax_cases::Memory& m, const std::vector<std::int32_t>& x) {
  const std::int32_t largest = *std::max_element(x.begin(), x.end());
  std::vector<double> exponentials;
  double sum = 0, error = 0;
  for (const std::int32_t number : x) {
    constexpr Int8Scale scale = softmax_cases::int16_scale;
    const std::int32_t moved = requantize(256 * (number - largest), scale.multiplier, scale.shift) + 32767;
    exponentials.push_back(int16_looked_up(std::max(moved, -32768), m.exp));
    sum += exponentials.back();
  }
  for (std::size_t i = 0; i < x.size(); ++i)
    error = std::max(error, std::abs(m.wide[i] - std::min(32768 * exponentials[i] / sum, 32767.0)));
  return error;
}

TEST_CASE("quantized softmax of every width is the reference's, or what is right beyond it", "[int8]") {
  const auto m = std::make_unique<softmax_cases::Memory>();
  softmax_cases::make_tables(*m);
  int beyond = 0;
  for (const int width : softmax_cases::widths)
    for (const Row row : softmax_cases::rows) {
      CAPTURE(width, static_cast<int>(row));
      const auto x = inputs(row, width);
      const auto check = [&](const auto* y, int bits, double zero_point) {
        const auto expected = reference_row(x, softmax_cases::numbers_of(row), bits);
        beyond += expected.empty();
        if (!expected.empty()) REQUIRE(std::equal(expected.begin(), expected.end(), y));
        // The reference drops exponentials below 2^-20: those of one_hot, which sum to more than a step.
        if (row != Row::one_hot)
          CHECK(largest_error(x, 1.0 / 256, y, std::ldexp(1.0, bits), zero_point) < 0.51);
      };
      softmax_cases::run_int8(*m, row, width);
      check(m->narrow, 8, -128);
      softmax_cases::run_int8_to_int16(*m, row, width);
      check(m->wide, 16, -32768);
      softmax_cases::run_int16(*m, row, width);
      CHECK(error_of_division(*m, x) < 1.1);
    }
  CHECK(beyond == 35);  // sums of 512 and more in int8, and of 4096 and more in int16
}

TEST_CASE("the softmax of n equal numbers is 1 / n", "[int8]") {
  const auto m = std::make_unique<softmax_cases::Memory>();
  softmax_cases::make_tables(*m);
  for (const Row row : {Row::equal, Row::lowest})
    for (const int width : softmax_cases::widths) {
      CAPTURE(width);
      const double share = 1.0 / width;
      softmax_cases::run_int8(*m, row, width);
      // 1/512 is half a step, which goes up.
      CHECK(m->narrow[width - 1] == std::min(-128 + std::round(256 * share), 127.0));
      softmax_cases::run_int8_to_int16(*m, row, width);
      CHECK(m->wide[width - 1] == std::min(-32768 + std::round(65536 * share), 32767.0));
      softmax_cases::run_int16(*m, row, width);
      CHECK(std::abs(m->wide[width - 1] - std::min(32768 * share, 32767.0)) <= 0.51);
    }
}

TEST_CASE("the softmax kernels give these numbers here and, by the firmware's tests, on every core",
          "[int8]") {
  const auto m = std::make_unique<softmax_cases::Memory>();
  CHECK(softmax_cases::hash_of_all(*m) == softmax_cases::expected_hash);
}

}  // namespace
