// SPDX-License-Identifier: BSL-1.0
// Compile with -mavx2 or -march=native, and with -ffp-contract=off: kernels of vectors promise the same bits.
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <random>
#include <runtime/kernels/portable/dropout.hpp>
#include <runtime/kernels/portable/pooling.hpp>
#include <vector>

#include "vector_numbers.hpp"
#if defined(__AVX2__) || defined(__aarch64__)
#include <runtime/kernels/vector/dropout.hpp>
#include <runtime/kernels/vector/pooling.hpp>
#endif

#if !defined(__AVX2__) && !defined(__aarch64__)

TEST_CASE("vector kernels of pooling and dropout give the bits of the portable ones") {
  WARN("skipped: this test was compiled for a machine without kernels of vectors of floats");
}

#else

namespace {

using namespace etch;
using namespace etch::kernels;
using etch::test::Numbers;

etch::test::Draws draws(20260701);

int integer(int low, int high) { return draws.integer(low, high); }

/// Also equal ones, zeros of both signs, infinite ones and such that are none.
template <class T>
Numbers<T> random_floats(int n) {
  constexpr float special[] = {0.0f, -0.0f, 1.0f, std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::quiet_NaN()};
  std::normal_distribution<float> number;
  Numbers<T> result(static_cast<std::size_t>(n));
  for (T& x : result) x = integer(0, 3) ? number(draws.generator()) : special[integer(0, 4)];
  return result;
}

/// The first element whose bits differ, or -1. A NaN is a NaN.
template <class T>
int difference(const Numbers<T>& a, const Numbers<T>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float x = plain(a[i]), y = plain(b[i]);
    if (!(x != x && y != y) && std::memcmp(&x, &y, sizeof x) != 0) return static_cast<int>(i);
  }
  return -1;
}

/// Windows each of which has a place inside.
Pool random_pool() {
  Pool d;
  d.kind = integer(0, 1) ? PoolKind::max : PoolKind::average;
  d.pool_height = integer(1, 4), d.pool_width = integer(1, 4);
  d.stride_height = integer(1, 4), d.stride_width = integer(1, 4);
  d.top = integer(0, d.pool_height - 1), d.left = integer(0, d.pool_width - 1);
  d.height = integer(d.pool_height, 12), d.width = integer(d.pool_width, 12), d.channels = integer(1, 40);
  d.out_height = (d.height + d.top - 1) / d.stride_height + 1;
  d.out_width = (d.width + d.left - 1) / d.stride_width + 1;
  return d;
}

/// The kernels as functions: what is inlined by force is compiled once.
template <class T, class Tap>
[[gnu::noinline]] void forward(const Pool& d, int rows, const T* x, T* y, Tap* taps) {
  vector::pool_forward<T, Tap>(d, rows, x, y, taps);
}
template <class T, class Tap>
[[gnu::noinline]] void backward(const Pool& d, int rows, const T* dy, const T* x, const Tap* taps, T* dx) {
  vector::pool_backward<T, Tap>(d, rows, dy, x, taps, dx);
}

template <class T, class Tap>
void compare(const Pool& d, int rows) {
  INFO(d.height << "x" << d.width << "x" << d.channels << " by " << d.pool_height << "x" << d.pool_width
                << ", strides " << d.stride_height << ", " << d.stride_width << ", kind "
                << static_cast<int>(d.kind));
  const int in = rows * d.height * d.width * d.channels;
  const int out = rows * d.out_height * d.out_width * d.channels;
  const Numbers<T> x = random_floats<T>(in), dy = random_floats<T>(out);
  // One element more than needed: a write beyond the end would be seen.
  Numbers<T> expected(dy.size() + 1, T(7)), got = expected;
  std::vector<Tap> expected_taps(dy.size() + 1, Tap(7)), taps = expected_taps;
  portable::pool_forward<T, Tap>(d, rows, x.data(), expected.data(), expected_taps.data());
  forward<T, Tap>(d, rows, x.data(), got.data(), taps.data());
  CHECK(difference(expected, got) == -1);
  CHECK(taps == expected_taps);
  forward<T, Tap>(d, rows, x.data(), got.data(), nullptr);
  CHECK(difference(expected, got) == -1);
  if (d.top == 0 && d.left == 0) {
    Numbers<T> place = x;
    forward<T, Tap>(d, rows, place.data(), place.data(), nullptr);
    place.resize(dy.size()), expected.resize(dy.size());
    CHECK(difference(expected, place) == -1);
  }
  Numbers<T> expected_dx(x.size() + 1, T(7)), dx = expected_dx, again = expected_dx;
  portable::pool_backward<T, Tap>(d, rows, dy.data(), x.data(), nullptr, expected_dx.data());
  backward<T, Tap>(d, rows, dy.data(), x.data(), nullptr, dx.data());
  CHECK(difference(expected_dx, dx) == -1);
  if (d.kind == PoolKind::average) return;
  backward<T, Tap>(d, rows, dy.data(), nullptr, taps.data(), again.data());
  CHECK(difference(expected_dx, again) == -1);
}

}  // namespace

TEST_CASE("pooling in vectors gives the bits of the portable kernels") {
  for (int trial = 0; trial < 400; ++trial) {
    compare<float, std::int8_t>(random_pool(), integer(1, 3));
    compare<FusedFloat, std::int16_t>(random_pool(), integer(1, 3));
  }
}

TEMPLATE_TEST_CASE("dropout in vectors gives the bits of the portable kernel", "", float, FusedFloat) {
  using T = TestType;
  constexpr float rates[] = {0.0f,  0.25f,  0.1f,  0.9f, 0.99999994f,
                             1e-9f, 1e-40f, -1.0f, 1.0f, std::numeric_limits<float>::quiet_NaN()};
  for (const float rate : rates)
    for (int n = 0; n < 70; ++n)
      for (const std::uint32_t step : {0u, 7u, 0xffffffffu}) {
        INFO("rate " << rate << ", " << n << " elements, step " << step);
        const Dropout d{n, n % 5, rate, n % 3};
        BatchPart part;
        part.first = 6;
        Call call;
        call.part = &part;
        call.rows = 2, call.seed = 0x9e3779b9u * static_cast<std::uint32_t>(n), call.step = step;
        const Numbers<T> x = random_floats<T>(2 * n + 1);
        Numbers<T> expected(x.size(), T(7)), got = x;
        portable::dropout<T>(d, call, x.data(), expected.data());
        vector::dropout<T>(d, call, got.data(), got.data());  // in its place
        expected.back() = x.back();
        REQUIRE(difference(expected, got) == -1);
      }
}

#endif
