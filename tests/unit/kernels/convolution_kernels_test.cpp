// SPDX-License-Identifier: BSL-1.0
// Compile with -mavx2 or -march=native, and with -ffp-contract=off: the optimised kernels promise the same
// bits.
#include <catch2/catch.hpp>
#include <cstring>
#include <runtime/kernels/portable/convolution.hpp>
#include <string>
#include <vector>

#include "vector_numbers.hpp"
#if defined(__AVX2__) || defined(__aarch64__)
#include <runtime/kernels/vector/convolution_samples.hpp>
#include <runtime/kernels/vector/convolution_windows.hpp>
#include <runtime/kernels/vector/depthwise_convolution.hpp>
#endif

#if !defined(__AVX2__) && !defined(__aarch64__)

TEST_CASE("vector convolution kernels give the bits of the portable ones") {
  WARN("skipped: this test was compiled for a machine without kernels of vectors of floats");
}

#else

namespace {

using namespace etch;
using namespace etch::kernels;
using etch::test::difference;
using etch::test::Numbers;

etch::test::Draws draws(20240301);

int integer(int low, int high) { return draws.integer(low, high); }

template <class T>
Numbers<T> random_floats(int n) {
  return draws.floats<T>(n, -1, 1);
}

ConvolutionAxis random_axis() {
  ConvolutionAxis a;
  a.kernel = integer(1, 5), a.stride = integer(0, 1) ? 1 : integer(1, 3);
  a.dilation = integer(0, 2) ? 1 : integer(1, 3);
  const int reach = (a.kernel - 1) * a.dilation;
  a.pad = integer(0, 1) ? 0 : integer(0, reach);
  const int after = integer(0, 1) ? a.pad : integer(0, reach);
  a.in = integer(1, 14) + (reach > a.pad + after ? reach - a.pad - after : 0);
  a.out = (a.in + a.pad + after - reach - 1) / a.stride + 1;
  return a;
}

Convolution random_convolution() {
  const int groups = integer(0, 2) ? 1 : integer(2, 5);
  return {random_axis(), random_axis(), groups * integer(1, groups == 1 ? 20 : 9),
          groups * integer(1, groups == 1 ? 45 : 20), groups};
}

std::string describe(const Convolution& c, int rows) {
  const auto axis = [](const ConvolutionAxis& a) {
    return std::to_string(a.in) + " -> " + std::to_string(a.out) + " k" + std::to_string(a.kernel) + " s" +
           std::to_string(a.stride) + " d" + std::to_string(a.dilation) + " p" + std::to_string(a.pad) + ", ";
  };
  return axis(c.h) + axis(c.w) + "channels " + std::to_string(c.channels) + " -> " +
         std::to_string(c.filters) + " groups " + std::to_string(c.groups) + " rows " + std::to_string(rows);
}

template <bool back, class T>
void convolve(const Convolution& c, int rows, const T* from, const T* w, const T* start, T* to) {
  if (c.depthwise()) return vector::convolve_depthwise<back>(c, rows, from, w, start, to);
  REQUIRE(vector::convolve_fits<back>(c));
  vector::convolve_groups<back>(c, rows, from, w, start, to);
}

template <class T>
void compare(const Convolution& c, int rows, Rule rule = Rule::none) {
  INFO(describe(c, rows));
  const Numbers<T> x = random_floats<T>(rows * c.inputs()), w = random_floats<T>(c.lines() * c.filters);
  const Numbers<T> dy = random_floats<T>(rows * c.positions() * c.filters);
  const Numbers<T> b = random_floats<T>(c.filters), start = random_floats<T>(c.channels);
  // One element more than needed: a write beyond the end would be seen.
  for (const bool bias : {true, false}) {
    Numbers<T> expected(dy.size() + 1, T(7)), got = expected;
    portable::convolve_groups<false, T>(c, rows, x.data(), w.data(), bias ? b.data() : nullptr,
                                        expected.data());
    convolve<false, T>(c, rows, x.data(), w.data(), bias ? b.data() : nullptr, got.data());
    CHECK(difference(expected, got) == -1);
    Numbers<T> expected_dx(x.size() + 1, T(7)), got_dx = expected_dx;
    portable::convolve_groups<true, T>(c, rows, dy.data(), w.data(), bias ? start.data() : nullptr,
                                       expected_dx.data());
    convolve<true, T>(c, rows, dy.data(), w.data(), bias ? start.data() : nullptr, got_dx.data());
    CHECK(difference(expected_dx, got_dx) == -1);
  }
  const Hyper h{0.01f, 0.9f, 0.9f, 0.999f, 1e-7f};
  Numbers<T> expected(w.size() + 1, T(7)), expected_w = w, got = expected, got_w = w;
  Numbers<T> slots_a(w.size(), T(0.25f)), slots_b(w.size(), T(0.5f)), got_a = slots_a, got_b = slots_b;
  using Sink = GradientSink<T>;
  portable::convolve_weights(c, h, rows, x.data(), dy.data(),
                             Sink{rule, expected.data(), expected_w.data(), slots_a.data(), slots_b.data()});
  REQUIRE(vector::convolve_weights_fits(c));
  const Sink sink{rule, got.data(), got_w.data(), got_a.data(), got_b.data()};
  if (integer(0, 1)) {
    vector::convolve_weights<T>(c, h, rows, x.data(), dy.data(), sink);
  } else {
    const int middle = c.lines() / 3;  // in two shares
    for (const Range lines : {Range{middle, c.lines()}, Range{0, middle}})
      vector::convolve_weight_lines<T>(c, h, rows, lines, x.data(), dy.data(), sink);
  }
  CHECK(difference(expected, got) == -1);
  CHECK(difference(expected_w, got_w) == -1);
  CHECK(difference(slots_a, got_a) == -1);
  CHECK(difference(slots_b, got_b) == -1);
}

constexpr Rule drawn_rules[]{Rule::none, Rule::adam, Rule::sum};

ConvolutionAxis same(int in, int kernel) { return {in, in, kernel, 1, 1, (kernel - 1) / 2}; }

}  // namespace

TEMPLATE_TEST_CASE("vector convolutions give the bits of the portable kernels", "", float, FusedFloat) {
  for (int trial = 0; trial < 300; ++trial)
    compare<TestType>(random_convolution(), integer(1, 11), drawn_rules[integer(0, 2)]);
}

TEMPLATE_TEST_CASE("vector convolutions of many samples give the bits of the portable kernels", "", float,
                   FusedFloat) {
  for (int trial = 0; trial < 40; ++trial) compare<TestType>(random_convolution(), integer(16, 35));
  for (int n = 1; n <= 25; n += integer(1, 3)) {
    compare<TestType>({same(5, 3), same(6, 3), 3, n, 1}, 17);
    compare<TestType>({same(5, 4), same(6, 3), 2 * n, 6, 2}, 16);
  }
}

TEMPLATE_TEST_CASE("vector convolutions give the bits of the portable kernels for lines of every length", "",
                   float, FusedFloat) {
  for (int n = 5; n <= 34; ++n) compare<TestType>({same(integer(2, 9), 3), same(n, 3), 2, 48, 1}, 1);
}

TEST_CASE("vector convolutions of few filters take samples and windows in lanes") {
  const ConvolutionAxis valid{12, 8, 5, 1, 1, 0};
  CHECK(vector::SampleLanes<false, float>::fit({valid, valid, 3, 5, 1}));
  CHECK(vector::SampleLanes<true, float>::fit({valid, valid, 3, 5, 1}));
  CHECK_FALSE(vector::SampleLanes<false, float>::fit({valid, valid, 3, 64, 1}));
  CHECK_FALSE(vector::SampleLanes<false, float>::fit({same(40, 17), same(4, 1), 3, 5, 1}));
  CHECK(vector::windows_fit({valid, valid, 3, 5, 1}));
  CHECK_FALSE(vector::windows_fit({same(12, 5), valid, 3, 5, 1}));
  CHECK_FALSE(vector::windows_fit({valid, valid, 3, 64, 1}));
}

TEMPLATE_TEST_CASE("vector convolutions give the bits of the portable kernels at every tail of channels", "",
                   float, FusedFloat) {
  for (int n = 1; n <= 40; ++n) {
    compare<TestType>({same(5, 3), same(6, 3), 3, n, 1}, 5);
    compare<TestType>({same(5, 3), same(6, 3), n, 3, 1}, 5);
  }
}

TEMPLATE_TEST_CASE("vector depthwise convolutions give the bits of the portable kernels", "", float,
                   FusedFloat) {
  for (int n = 1; n <= 40; ++n)
    for (int multiplier : {1, 2})
      compare<TestType>({random_axis(), random_axis(), n, n * multiplier, n}, integer(1, 6));
}

TEMPLATE_TEST_CASE("vector gradients of biases give the bits of the portable ones", "", float, FusedFloat) {
  using T = TestType;
  const Hyper h{0.01f, 0.9f, 0.9f, 0.999f, 1e-7f};
  for (int n = 1; n <= 40; ++n)
    for (const Rule rule : drawn_rules) {
      const int positions = integer(1, 30);
      INFO(n << " filters, " << positions << " positions, rule " << static_cast<int>(rule));
      const Numbers<T> dy = random_floats<T>(positions * n);
      const auto run = [&](auto&& kernel) {
        std::vector<Numbers<T>> all(4, Numbers<T>(static_cast<std::size_t>(n + 1), T(0.25f)));
        kernel(n, h, positions, dy.data(),
               GradientSink<T>{rule, all[0].data(), all[1].data(), all[2].data(), all[3].data()});
        return all;
      };
      const auto expected = run(portable::convolve_bias<T, GradientSink<T>>),
                 got = run(vector::convolve_bias<T, GradientSink<T>>);
      for (std::size_t k = 0; k < 4; ++k) CHECK(difference(expected[k], got[k]) == -1);
    }
}

TEMPLATE_TEST_CASE("vector convolutions of many channels share their room on the stack", "", float,
                   FusedFloat) {
  compare<TestType>({same(4, 3), same(4, 3), 40, 200, 1}, 2);  // one vector of transposed weights at a time
  compare<TestType>({same(4, 3), same(4, 3), 23, 300, 1}, 2);  // a part of one
  compare<TestType>({same(2, 1), same(2, 1), 70, 600, 1}, 2);  // several blocks of weight gradients
  compare<TestType>({same(2, 1), same(2, 1), 33, 520, 1}, 2, Rule::momentum);
  CHECK_FALSE(vector::convolve_fits<true>({same(4, 3), same(4, 3), 3, 460, 1}));
  CHECK_FALSE(vector::convolve_weights_fits({same(1, 1), same(1, 1), 1, 16384, 1}));
}

#endif
