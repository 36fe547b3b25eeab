// SPDX-License-Identifier: BSL-1.0
// Quantized operators over rows, axes and matrices, step for step as TensorFlow Lite's arithmetic says.
#include <runtime/kernels/portable/fixed_point.hpp>
#include <tests/formats/tflite/reference.hpp>
#include <tests/formats/tflite/stored_model.hpp>
#include <tests/unit/error_of.hpp>

#include <numeric>

namespace {

using namespace etch::test;
using namespace etch::test::reference;
using Catch::Matchers::Contains;

constexpr auto int8 = ElementKind::int8, int16 = ElementKind::int16;
const Stored small{int8, 0.03f, -5}, low{int8, 0.05f, -128}, high{int8, 0.2f, 127}, fine{int16, 0.0003f};

/// SUM or MEAN of [2, 3, 4, 5] over some axes.
void check_reduction(OperatorKind kind, const std::vector<std::int32_t>& axes, const Stored& x,
                     const Stored& y) {
  INFO("axes from " << axes[0] << " on, operator " << static_cast<int>(kind));
  const std::vector<int> shape{2, 3, 4, 5};
  std::vector<int> left = shape;
  Whole count = 1;
  for (const int axis : axes) count *= std::exchange(left[static_cast<std::size_t>(axis)], 1);
  StoredModel m;
  m.writer.op(kind, {m.input(shape, x), m.list(axes)}, {m.output(left, y)}, {{0, std::uint8_t{1}}});
  const Wholes given = m.random(120, x);
  Wholes sums(static_cast<std::size_t>(120 / count));
  for (int i = 0; i < 120; ++i) {
    int at = 0, rest = 120, place = i;
    for (std::size_t axis = 0; axis < 4; ++axis) {
      rest /= shape[axis];
      at = at * left[axis] + (left[axis] > 1 ? place / rest : 0);
      place %= rest;
    }
    sums[static_cast<std::size_t>(at)] += given[static_cast<std::size_t>(i)] - x.zero;
  }
  Factor f = factor(static_cast<double>(x.scale) / static_cast<double>(y.scale));
  if (kind == OperatorKind::mean) {  // the division by their number, in as many bits as it has
    const int bits = std::min(std::ilogb(static_cast<double>(count)), 31 + f.power);
    f = {f.multiplier * power_of_two(bits) / count, f.power - bits};
  }
  for (Whole& sum : sums) sum = y.held(scaled(sum, f) + y.zero);
  CHECK(m.run({given}) == sums);
}

TEST_CASE("SUM and MEAN of whole numbers are the reference's over any axes") {
  for (const OperatorKind kind : {OperatorKind::sum, OperatorKind::mean})
    for (const std::vector<std::int32_t>& axes :
         std::vector<std::vector<std::int32_t>>{{1}, {3}, {0, 2}, {1, 3}, {0, 1, 3}, {0, 1, 2, 3}, {0, 3}}) {
      check_reduction(kind, axes, small, {int8, 0.4f, 11});
      check_reduction(kind, axes, low, {int8, 0.01f, 127});
      check_reduction(kind, axes, fine, {int16, 0.002f});
    }
}

TEST_CASE("SUM over axes of one number brings each to the other scale") {
  StoredModel m;
  m.writer.op(OperatorKind::sum, {m.input({1, 1, 1}, small), m.list({0, 2})}, {m.output({1}, high)},
              {{0, std::uint8_t{0}}});
  const Factor f = factor(static_cast<double>(small.scale) / static_cast<double>(high.scale));
  CHECK(m.run({{100}}) == Wholes{high.held(scaled(105, f) + 127)});
}

TEST_CASE("L2_NORMALIZATION of int8 is the reference's, also of rows of zeros") {
  for (const Stored& x : {small, low, high}) {
    StoredModel m;
    m.writer.op(OperatorKind::l2_normalization, {m.input({1, 6, 5}, x)},
                {m.output({1, 6, 5}, {int8, 1.0f / 128})}, {{0, std::int8_t{0}}});
    Wholes given = m.random(30, x), expected;
    for (std::size_t i = 5; i < 15; ++i) given[i] = x.zero;
    given[12] = x.zero > 0 ? x.zero - 1 : x.zero + 1;
    for (std::size_t row = 0; row < 30; row += 5) {
      Whole sum = 0;
      for (std::size_t i = row; i < row + 5; ++i) sum += (given[i] - x.zero) * (given[i] - x.zero);
      const Factor root = inverse_root(sum);
      for (std::size_t i = row; i < row + 5; ++i)
        expected.push_back(kept(scaled(given[i] - x.zero, {root.multiplier, root.power + 7}), -128, 127));
    }
    CHECK(m.run({given}) == expected);
  }
}

/// One row of LOG_SOFTMAX. The exponential is that of softmax.
Wholes log_softmax(const Wholes& x, float scale) {
  const Factor f = factor(std::min(static_cast<double>(scale) * 67108864.0, 2147483647.0));
  const Factor back = factor(std::ldexp(1.0, 31 - f.power) / static_cast<double>(f.multiplier));
  const Whole least = -static_cast<Whole>(std::min(std::floor(std::ldexp(31.0, 26 - f.power)), 1e9));
  const Whole largest = *std::ranges::max_element(x);
  const auto raised = [&](Whole place) { return scaled(place - largest, f); };
  Fixed sum{12, 0};
  for (const Whole place : x)
    if (place - largest >= least)
      sum = sum +
            Fixed{0, etch::kernels::fixed_point::exp_of_negative(static_cast<std::int32_t>(raised(place)), 5)}
                .with(12);
  const Fixed log = logarithm(sum);
  const Whole from = std::max(least - 1, scaled(log.raw + INT32_MIN, back));
  Wholes y;
  for (const Whole place : x)
    y.push_back(place - largest > from ? kept(halved(raised(place) - log.raw, 22) + 127, -128, 127) : -128);
  return y;
}

TEST_CASE("LOG_SOFTMAX of int8 is the reference's, and within a step of the logarithm") {
  for (const float scale : {0.001f, 0.1f, 0.3f, 2.0f, 15.0f})
    for (const int width : {1, 2, 7, 100, 4095}) {
      INFO(scale << ", " << width);
      StoredModel m;
      const Stored x{int8, scale, 13};
      m.writer.op(OperatorKind::log_softmax, {m.input({2, width}, x)},
                  {m.output({2, width}, {int8, 1.0f / 16, 127})});
      const auto n = static_cast<std::size_t>(width);
      Wholes given = m.random(2 * n, x), expected;
      std::fill_n(given.begin(), n, Whole{50});  // the largest sum
      for (std::size_t row = 0; row < 2 * n; row += n) {
        const Wholes of(given.begin() + static_cast<std::ptrdiff_t>(row),
                        given.begin() + static_cast<std::ptrdiff_t>(row + n));
        const Wholes y = log_softmax(of, scale);
        expected.insert(expected.end(), y.begin(), y.end());
        const Whole largest = *std::ranges::max_element(of);
        const auto below = [&](Whole place) {
          return static_cast<double>(scale) * static_cast<double>(place - largest);
        };
        double sum = 0;
        for (const Whole place : of) sum += std::exp(below(place));
        for (std::size_t i = 0; i < n; ++i) {
          const double real = below(of[i]) - std::log(sum);
          CHECK(std::abs(std::max(16 * real + 127, -128.0) - static_cast<double>(y[i])) < 1.1);
        }
      }
      CHECK(m.run({given}) == expected);
    }
}

struct Product {
  int groups, m, n, k;
  bool turn_a, turn_b, one_a, one_b, constant;
};

void check_product(const Product& p, const Stored& a, const Stored& b, const Stored& y) {
  INFO(p.groups << " of " << p.m << " x " << p.k << " x " << p.n << ", turned " << p.turn_a << p.turn_b);
  StoredModel m;
  const int a_groups = p.one_a ? 1 : p.groups, b_groups = p.one_b ? 1 : p.groups;
  const std::vector<int> of_a{a_groups, p.turn_a ? p.k : p.m, p.turn_a ? p.m : p.k},
      of_b{b_groups, p.turn_b ? p.n : p.k, p.turn_b ? p.k : p.n};
  const Wholes left = m.random(static_cast<std::size_t>(a_groups * p.m * p.k), a),
               right = m.random(static_cast<std::size_t>(b_groups * p.k * p.n), b);
  const int x = m.input(of_a, a), w = p.constant ? m.constant(of_b, b, right) : m.input(of_b, b);
  m.writer.op(OperatorKind::batch_matmul, {x, w}, {m.output({p.groups, p.m, p.n}, y)},
              {{0, static_cast<std::uint8_t>(p.turn_a)}, {1, static_cast<std::uint8_t>(p.turn_b)}});
  const Factor f = factor(static_cast<double>(a.scale * b.scale) / static_cast<double>(y.scale));
  Wholes expected;
  for (int g = 0; g < p.groups; ++g)
    for (int i = 0; i < p.m; ++i)
      for (int j = 0; j < p.n; ++j) {
        Whole sum = 0;
        for (int k = 0; k < p.k; ++k) {
          const int from = (p.one_a ? 0 : g * p.m * p.k) + (p.turn_a ? k * p.m + i : i * p.k + k),
                    by = (p.one_b ? 0 : g * p.k * p.n) + (p.turn_b ? j * p.k + k : k * p.n + j);
          sum += (left[static_cast<std::size_t>(from)] - a.zero) *
                 (right[static_cast<std::size_t>(by)] - b.zero);
        }
        expected.push_back(y.held((a.wide() ? scaled_wide(sum, f) : scaled(sum, f)) + y.zero));
      }
  std::vector<Wholes> given{left};
  if (!p.constant) given.push_back(right);
  CHECK(m.run(given) == expected);
}

TEST_CASE("BATCH_MATMUL of whole numbers is the reference's") {
  for (const Product& p : {Product{2, 3, 4, 5, false, false, false, false, false},
                           {3, 2, 2, 7, true, false, false, false, false},
                           {2, 1, 6, 3, false, true, false, false, true},
                           {2, 4, 1, 1, true, true, false, true, true},
                           {2, 3, 2, 4, false, true, true, false, false},
                           {1, 1, 1, 1, false, false, false, false, false}}) {
    check_product(p, small, high, {int8, 0.2f, 1});
    check_product(p, low, low, {int8, 0.01f, -128});
    check_product(p, fine, {int16, 0.001f}, {int16, 1e-4f});
  }
}

TEST_CASE("BATCH_MATMUL and LOG_SOFTMAX are refused beyond what sums hold") {
  StoredModel m;
  m.writer.op(OperatorKind::batch_matmul, {m.input({1, 1, 33026}, small), m.input({1, 33026, 1}, small)},
              {m.output({1, 1, 1}, small)}, {{0, std::uint8_t{0}}, {1, std::uint8_t{0}}});
  CHECK_THAT(error_of([&] { m.import(); }),
             Contains("BATCH_MATMUL (operator 0)") && Contains("may not fit 32 bits"));
  StoredModel wide;
  wide.writer.op(OperatorKind::log_softmax, {wide.input({1, 4096}, small)},
                 {wide.output({1, 4096}, {int8, 1.0f / 16, 127})});
  CHECK_THAT(error_of([&] { wide.import(); }), Contains("4096") && Contains("4,095 at most"));
  StoredModel coarse;
  coarse.writer.op(OperatorKind::log_softmax, {coarse.input({1, 4}, {int8, 40})},
                   {coarse.output({1, 4}, {int8, 1.0f / 16, 127})});
  CHECK_THAT(error_of([&] { coarse.import(); }), Contains("has a scale that is not supported"));
}

}  // namespace
