// SPDX-License-Identifier: BSL-1.0
// Kernels of integer training: those by Arm's DSP extension, written out, against the portable ones, rounding
// against the mean it must have, and softmax against one of doubles.
#include <catch2/catch.hpp>
#include <runtime/kernels/dsp/integer_dense.hpp>
#include <runtime/kernels/integer_convolution.hpp>
#include <runtime/kernels/portable/integer_softmax.hpp>
#include <tests/firmware/int8_kernels/check.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace {

using namespace etch::kernels;
using int8_kernels::Draws;
using Bytes = std::vector<std::int8_t>;
using Sums = std::vector<std::int32_t>;

Bytes draw(Draws& draws, int count) {
  Bytes bytes(static_cast<std::size_t>(count));
  const int kind = draws.between(0, 3);
  for (std::int8_t& b : bytes)
    b = kind == 0 ? std::int8_t{-128} : kind == 1 && draws.between(0, 3) != 0 ? std::int8_t{0} : draws.byte();
  return bytes;
}

TEST_CASE("integer training: kernels of Arm's DSP extension have the bits of the portable ones") {
  Draws draws(1);
  for (int i = 0; i < 400; ++i) {
    const IntegerDense d{4 * draws.between(1, 9), draws.between(1, 11)};
    Bytes x = draw(draws, d.row), w = draw(draws, d.row * d.out), e = draw(draws, d.out);
    Sums one(static_cast<std::size_t>(d.out)), other;
    for (std::int32_t& sum : one) sum = draws.between(-100'000, 100'000);
    other = one;
    portable::integer_forward(d, x.data(), w.data(), one.data());
    dsp::integer_forward(d, x.data(), w.data(), other.data());
    REQUIRE(one == other);

    one.assign(static_cast<std::size_t>(d.row), 77), other = one;
    portable::integer_input_gradient(d, e.data(), w.data(), one.data());
    dsp::integer_input_gradient(d, e.data(), w.data(), other.data());
    REQUIRE(one == other);

    const int n = i % 4 == 0 ? draws.between(-127, 127) : draws.between(-3, 3);
    const RoundingWords words{static_cast<std::uint32_t>(draws.between(0, 1 << 23))};
    Bytes changed = w;
    portable::integer_update(d.row, n, x.data(), words, w.data());
    dsp::integer_update(d.row, n, x.data(), words, changed.data());
    REQUIRE(w == changed);
  }
}

TEST_CASE("integer training: a changed weight is right on average, and stays an int8") {
  for (const int n : {-127, -9, -1, 1, 2, 30})
    for (const int x : {-128, -3, 1, 60, 127})
      for (const int at : {-20, 0, 5}) {
        double sum = 0;
        int least = 127, most = -128;
        constexpr int rounds = 2000;
        for (std::uint32_t r = 0; r < rounds; ++r) {
          const Bytes inputs(4, static_cast<std::int8_t>(x));
          Bytes w(4, static_cast<std::int8_t>(at));
          portable::integer_update(4, n, inputs.data(), {r * 2654435761U}, w.data());
          for (const std::int8_t y : w)
            sum += y, least = std::min<int>(least, y), most = std::max<int>(most, y);
        }
        const double exact = at - n * x / 128.0;
        const double limited_mean = std::min(127.0, std::max(-128.0, exact));
        INFO(n << " " << x << " " << at);
        CHECK(std::abs(sum / (4 * rounds) - limited_mean) < 0.03);
        CHECK(most - least <= 1);
      }
}

TEST_CASE("integer training: a shift rounds with the right mean, whatever its size") {
  for (const int shift : {-40, 0, 1, 7, 20, 30, 31, 33, 45, 61, 62, 1000}) {
    const RoundedShift rounded(shift);
    for (const int x : {-8'322'945, -70'001, 0, 32'768, 8'322'945}) {
      double sum = 0;
      RoundingWords words{7};
      constexpr int rounds = 20'000;
      for (int i = 0; i < rounds; ++i) sum += rounded(x, words.next());
      const double exact = shift <= 0 ? x : std::ldexp(x, -shift);
      INFO(shift << " " << x);
      CHECK(std::abs(sum / rounds - exact) < 0.012 + 1e-6 * std::abs(exact));
    }
  }
}

TEST_CASE("integer training: sums become int8 in the smallest unit that holds them") {
  const auto check = [](const Sums& sums, bool relu, int shift, const Bytes& expected) {
    Bytes to(sums.size(), 99);
    const auto count = static_cast<std::int32_t>(sums.size());
    CHECK((relu ? narrow<true>(count, sums.data(), to.data())
                : narrow<false>(count, sums.data(), to.data())) == shift);
    CHECK(to == expected);
  };
  check({0, 0, 0}, false, -1, {0, 0, 0});
  check({-5, -1}, true, -1, {0, 0});
  check({127, -127, 5}, false, 0, {127, -127, 5});
  check({128, -128, 1}, false, 1, {64, -64, 1});
  check({255, -3, -4}, false, 2, {64, -1, -1});  // 127.5 would round up to 128
  check({254, -254}, false, 1, {127, -127});
  check({300, -70'000}, true, 2, {75, 0});
  check({INT32_MAX / 2, -INT32_MAX / 2}, false, 24, {64, -64});
}

TEST_CASE("integer training: rows of sums kept in halves become the bytes that whole sums do") {
  Draws draws(5);
  int shifted = 0;
  for (int i = 0; i < 400; ++i) {
    const int rows = draws.between(1, 9);
    const SlidingRows::Extents extents{rows, draws.between(1, rows), draws.between(1, 7)};
    const auto count = static_cast<std::size_t>(rows * extents.row);
    const auto at = [&](int row) { return static_cast<std::size_t>(row * extents.row); };
    const auto bytes = static_cast<std::size_t>(extents.bytes());
    CHECK(bytes >= 2 * count);
    Sums whole(count), memory(bytes / 4 + 1, 0x55555555);
    Bytes gates = draw(draws, static_cast<int>(count));
    const bool gated = i % 3 == 0;
    auto* const place = reinterpret_cast<std::int8_t*>(memory.data());
    SlidingRows sliding(extents, place, gated ? gates.data() : nullptr);
    // Rows that grow, of which some are never met.
    for (int first = 0; first < rows; first += draws.between(1, 3)) {
      sliding.close(first);
      const int reach = 1 << draws.between(0, 3 + 26 * (first + 1) / rows);
      for (int r = first; r < std::min(first + extents.open, rows); ++r)
        for (int k = 0; k < extents.row; ++k) {
          const int x = i % 11 == 0 ? 0 : draws.between(-reach, reach);
          sliding.open()[(r - first) * extents.row + k] += x;
          whole[at(r) + static_cast<std::size_t>(k)] += x;
        }
    }
    sliding.close(rows + draws.between(0, 2));
    CHECK(memory.back() == 0x55555555);
    for (std::size_t k = 0; gated && k < count; ++k)
      if (gates[k] == 0) whole[k] = 0;
    Bytes expected(count), got(count);
    const std::int32_t shift = narrow<false>(static_cast<std::int32_t>(count), whole.data(), expected.data());
    REQUIRE(sliding.halves().narrow(got.data()) == shift);
    REQUIRE(got == expected);
    shifted += shift > 8 ? 1 : 0;
    // Over the sums themselves.
    auto* const over = reinterpret_cast<std::int8_t*>(whole.data());
    narrow<false>(static_cast<std::int32_t>(count), whole.data(), over);
    REQUIRE(Bytes(over, over + count) == expected);
  }
  CHECK(shifted > 100);
}

TEST_CASE(
    "integer training: a product of gradient and rate rounds with the right mean, up to what an int8 is") {
  for (const int shift : {-3, 0, 15, 20, 21, 22, 25, 38, 47, 60, 77, 200})
    for (const int factor : {1 << 15, 50'001, (1 << 16) - 1})
      for (const int x : {-(1 << 30), -70'001, -1, 0, 5, 16'384, 1 << 30}) {
        const RoundedProduct rounded(factor, shift);
        double sum = 0;
        RoundingWords words{7};
        constexpr int rounds = 2000;
        for (int i = 0; i < rounds; ++i) sum += std::min(255, std::max(-255, rounded(x, words.next())));
        const double exact = std::ldexp(static_cast<double>(x) * factor, -std::max(shift, 0));
        INFO(shift << " " << factor << " " << x);
        CHECK(std::abs(sum / rounds - std::min(255.0, std::max(-255.0, exact))) < 0.05);
      }
  CHECK(RoundedProduct(0, 30)(1 << 30, ~0U) == 0);
}

TEST_CASE("integer training: sums that could leave int32 are found, and the largest do not") {
  const auto convolution = [](int height, int kernel, int channels, int filters) {
    const ConvolutionAxis axis{height + kernel - 1, height, kernel};
    return Convolution{axis, axis, channels, filters};
  };
  CHECK(integer_sums_fit(convolution(256, 1, 1, 1)));
  CHECK_FALSE(integer_sums_fit(convolution(257, 1, 1, 1)));
  CHECK(integer_sums_fit(convolution(1, 16, 256, 256)));
  CHECK_FALSE(integer_sums_fit(convolution(1, 16, 257, 1)));
  CHECK_FALSE(integer_sums_fit(convolution(1, 16, 1, 257)));
  CHECK_FALSE(integer_sums_fit(convolution(1 << 14, 1 << 14, 1 << 14, 1 << 14)));
  // All results, input errors and gradients of weights are the largest that there are.
  const Convolution c = convolution(256, 1, 1, 1);
  const Bytes numbers(1 << 16, -128), weight(4, -128);
  Bytes patch(4), w{0, 0, 0, 0}, scratch(static_cast<std::size_t>(integer_update_scratch(c)));
  Sums sums(1 << 16, -(1 << 27));
  integer_convolution_forward(c, numbers.data(), weight.data(), patch.data(), sums.data());
  CHECK(sums == Sums(1 << 16, 16384 - (1 << 27)));
  integer_convolution_update(c, {1 << 15, 15 + 26}, numbers.data(), numbers.data(), {1}, scratch.data(),
                             w.data());
  CHECK(w[0] == -16);  // 2^30 / 2^26
  const Convolution many = convolution(1, 16, 256, 1);
  Bytes row(1 << 16);
  Sums one(1, -(1 << 27));
  integer_convolution_forward(many, numbers.data(), numbers.data(), row.data(), one.data());
  CHECK(one[0] == (1 << 30) - (1 << 27));
}

TEST_CASE("integer training: a bias in units of sums") {
  const Bytes bias{-128, 0, 127};
  const auto begun = [&](int up) {
    Sums sums(3);
    begin_with(bias.data(), 3, up, sums.data());
    return sums;
  };
  CHECK(begun(0) == Sums{-128, 0, 127});
  CHECK(begun(7) == Sums{-16384, 0, 16256});
  CHECK(begun(-2) == Sums{-32, 0, 31});
  CHECK(begun(-100) == Sums{-1, 0, 0});
  CHECK(begun(100) == begun(20));
}

TEST_CASE("integer training: softmax and its loss are those of doubles to their units") {
  Draws draws(3);
  for (int i = 0; i < 600; ++i) {
    const int count = i % 5 == 0 ? 1 : draws.between(2, 40), exponent = draws.between(-30, 3);
    const int bits = draws.between(1, 30);
    Sums sums(static_cast<std::size_t>(count));
    for (std::int32_t& sum : sums) sum = draws.between(-(1 << bits) / 2, (1 << bits) / 2);
    const std::size_t label = static_cast<std::size_t>(draws.between(0, count - 1));
    double largest = -1e300, total = 0;
    for (const std::int32_t sum : sums) largest = std::max(largest, std::ldexp(sum, exponent));
    for (const std::int32_t sum : sums) total += std::exp(std::ldexp(sum, exponent) - largest);
    std::vector<double> expected;
    for (const std::int32_t sum : sums)
      expected.push_back(std::exp(std::ldexp(sum, exponent) - largest) / total);
    const double far = std::min(16.0, largest - std::ldexp(sums[label], exponent));
    const std::int32_t loss =
        integer_softmax_of(count, exponent, static_cast<std::int32_t>(label), sums.data());
    INFO(i);
    CHECK(std::abs(loss / 65536.0 - (far + std::log(total))) < 0.002);
    for (std::size_t k = 0; k < sums.size(); ++k) REQUIRE(std::abs(sums[k] / 32768.0 - expected[k]) < 0.0003);
  }
}

TEST_CASE("integer training: softmax of the largest distances") {
  Sums sums{INT32_MAX / 2, -INT32_MAX / 2, 0};
  CHECK(integer_softmax_of(3, 8, 1, sums.data()) == (16 << 16) - 1);
  CHECK(sums == Sums{1 << 15, 0, 0});
  sums = {INT32_MAX / 2, -INT32_MAX / 2, 0};
  integer_softmax_of(3, -60, 1, sums.data());
  CHECK(sums[0] == sums[1]);
}

}  // namespace
