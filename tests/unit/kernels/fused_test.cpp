// SPDX-License-Identifier: BSL-1.0
// The forms of a fused multiply-add against that of the C library, which is exact. Built for any x86, and for
// this machine, whose instructions then are one of the forms.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <runtime/kernels/fused/axpy.hpp>
#include <runtime/kernels/fused/dot.hpp>
#include <string>
#include <tests/firmware/fused/cases.hpp>
#include <vector>

namespace {

using namespace etch::kernels;
using namespace fused_cases;
using fused::bits_of;
using fused::float_of;

constexpr Numerics one_rounding = Numerics::fused;

// In constants too.
static_assert(multiply_add<one_rounding>(0x1.000002p0f, 0x1.000002p0f, -0x1.000004p0f) == 0x1p-46f);
static_assert(multiply_add<Numerics::separate>(0x1.000002p0f, 0x1.000002p0f, -0x1.000004p0f) == 0);
static_assert(multiply_add<one_rounding>(0x1p-100f, 0x1p-49f, 0.0f) == 0x1p-149f);
static_assert(multiply_add<one_rounding>(3.0, 5.0, 1.0) == 16);

std::uint32_t expected(const Case& x) {
  return bits_of(std::fma(float_of(x.a), float_of(x.b), float_of(x.c)));
}

/// What a form gave, and what is right.
struct Result {
  std::uint32_t got, right;
};

/// Counts results that are not right, and tells of the first.
class Tally {
 public:
  void take(const char* form, const Case& x, Result r) {
    ++cases_;
    if (same(r.got, r.right)) return;
    if (bad_++ > 0) return;
    UNSCOPED_INFO(form << ": " << std::hex << x.a << " * " << x.b << " + " << x.c << " gave " << r.got
                       << ", not " << r.right);
  }
  /// A chain that ended in another float.
  void take(const char* form, Result r) { take(form, {}, r); }
  [[nodiscard]] long bad() const { return bad_; }
  [[nodiscard]] long cases() const { return cases_; }

 private:
  long bad_ = 0, cases_ = 0;
};

void check_single(Tally& tally, const Case& x) {
  const std::uint32_t right = expected(x);
  const float a = float_of(x.a), b = float_of(x.b), c = float_of(x.c);
  tally.take("whole numbers", x, {fused::multiply_add_bits(x.a, x.b, x.c), right});
  tally.take("doubles", x, {bits_of(fused::multiply_add_in_double(a, b, c)), right});
  tally.take("this target's", x, {bits_of(multiply_add<one_rounding>(a, b, c)), right});
  fused::UnpackedSum sum(c);
  sum.add_to_sum(a, b);
  tally.take("one step of an unpacked sum", x, {bits_of(sum.value()), right});
  float y = c;
  fused::soft_axpy(1, a, &b, &y);
  tally.take("one element of axpy", x, {bits_of(y), right});
  const float product = fused::multiply_add_to_zero(a, b);
  tally.take("a product to zero", x, {bits_of(product), bits_of(std::fma(a, b, 0.0f))});
  float sums[] = {0, c};
  const float w[] = {0, b};
  const bool once = fused::add_columns_in_double<1>(1, &a, 1, w, 2, sums);
  tally.take("a column of doubles", x, {bits_of(sums[1]), once ? right : x.c});
}

/// Factors of a sum that runs, drawn so that steps of all kinds meet sums of earlier ones.
struct Chain {
  std::vector<float> x, w;
  float start = 0;

  Chain(Draws& draws, Kind kind, std::size_t steps) : x(steps), w(steps) {
    start = float_of(draws.draw(kind).c);
    for (std::size_t i = 0; i < steps; ++i) {
      const Case drawn = draws.draw(kind);
      x[i] = float_of(drawn.a);
      w[i] = float_of(drawn.b);
      // Back to nothing now and then.
      if (i > 0 && draws.next() % 8 == 0) {
        x[i] = x[i - 1];
        w[i] = -w[i - 1];
      }
    }
  }
  [[nodiscard]] int steps() const { return static_cast<int>(x.size()); }
};

void check_chain(Tally& tally, const Chain& chain) {
  float right = chain.start;
  fused::UnpackedSum sum(chain.start);
  for (std::size_t i = 0; i < chain.x.size(); ++i) {
    right = std::fma(chain.x[i], chain.w[i], right);
    sum.add_to_sum(chain.x[i], chain.w[i]);
  }
  tally.take("an unpacked sum", {bits_of(sum.value()), bits_of(right)});
  const float here = dot<one_rounding>(chain.steps(), chain.x.data(), 1, chain.w.data(), 1, chain.start);
  tally.take("dot", {bits_of(here), bits_of(right)});
}

/// Four columns at once, one of which alone may need a second look, and one row times a factor.
void check_columns(Tally& tally, Draws& draws, Kind kind, std::size_t steps) {
  constexpr std::size_t columns = 4;
  const Kind others = draws.next() % 2 == 0 ? kind : Kind::near;
  const Chain chain(draws, others, steps);
  std::vector<float> w(steps * columns), y(columns);
  for (std::size_t k = 0; k < columns; ++k) {
    y[k] = float_of(draws.draw(k == 0 ? kind : others).c);
    for (std::size_t i = 0; i < steps; ++i)
      w[i * columns + k] = float_of(draws.draw(k == 0 ? kind : others).b);
  }
  std::vector<float> right = y, doubles = y, sums = y;
  for (std::size_t i = 0; i < steps; ++i)
    for (std::size_t k = 0; k < columns; ++k) right[k] = std::fma(chain.x[i], w[i * columns + k], right[k]);
  dot_columns<one_rounding, columns>(chain.steps(), chain.x.data(), 1, w.data(), columns, sums.data());
  const bool once = fused::add_columns_in_double<columns / 2>(chain.steps(), chain.x.data(), 1, w.data(),
                                                              columns, doubles.data());
  for (std::size_t k = 0; k < columns; ++k) {
    tally.take("columns", {bits_of(sums[k]), bits_of(right[k])});
    tally.take("columns of doubles", {bits_of(doubles[k]), bits_of(once ? right[k] : y[k])});
  }
  const float factor = float_of(draws.draw(kind).a);
  std::vector<float> here = w, soft = w;
  axpy<one_rounding>(static_cast<int>(columns), factor, chain.w.data(), here.data());
  fused::soft_axpy(static_cast<int>(columns), factor, chain.w.data(), soft.data());
  for (std::size_t k = 0; k < columns; ++k) {
    const std::uint32_t sum = bits_of(std::fma(factor, chain.w[k], w[k]));
    tally.take("axpy", {bits_of(here[k]), sum});
    tally.take("axpy of whole numbers", {bits_of(soft[k]), sum});
  }
}

void check_singles(long cases, std::uint32_t seed) {
  for (int k = 0; k < kinds; ++k) {
    Tally tally;
    Draws draws(seed + static_cast<std::uint32_t>(k));
    for (long i = 0; i < cases / kinds; ++i) check_single(tally, draws.draw(static_cast<Kind>(k)));
    INFO("kind " << k);
    CHECK(tally.bad() == 0);
  }
}

void check_chains(long steps, std::uint32_t seed) {
  for (int k = 0; k < kinds; ++k) {
    Tally tally;
    Draws draws(seed + static_cast<std::uint32_t>(k));
    for (long done = 0; done < steps / kinds;) {
      const int length = draws.between(1, 40);
      check_chain(tally, Chain(draws, static_cast<Kind>(k), static_cast<std::size_t>(length)));
      check_columns(tally, draws, static_cast<Kind>(k), static_cast<std::size_t>(draws.between(4, 12)));
      done += length;
    }
    INFO("kind " << k);
    CHECK(tally.bad() == 0);
  }
}

}  // namespace

TEST_CASE("fused multiply-adds of all triples of edges are rounded once", "[fused]") {
  Tally tally;
  const auto edge = [](std::uint32_t i) { return edges[i / 2] | i % 2 << 31; };
  const std::uint32_t n = 2 * std::size(edges);
  for (std::uint32_t a = 0; a < n; ++a)
    for (std::uint32_t b = 0; b < n; ++b)
      for (std::uint32_t c = 0; c < n; ++c) check_single(tally, {edge(a), edge(b), edge(c)});
  CHECK(tally.bad() == 0);
  CHECK(tally.cases() == 7L * n * n * n);
}

TEST_CASE("fused multiply-adds are rounded once", "[fused]") { check_singles(1'000'000, 1); }

TEST_CASE("sums of fused multiply-adds are rounded once a step", "[fused]") { check_chains(1'000'000, 100); }

TEST_CASE("fused multiply-adds by the hundred million are rounded once", "[fused][.long]") {
  check_singles(100'000'000, 1000);
}

TEST_CASE("sums of a hundred million fused multiply-adds are rounded once a step", "[fused][.long]") {
  check_chains(100'000'000, 2000);
}

TEST_CASE("sums of no products are what they start from", "[fused]") {
  const float x = 2, w = 3;
  for (const std::uint32_t edge : edges) {
    const float start = float_of(edge);
    CHECK(same(bits_of(dot<one_rounding>(0, &x, 1, &w, 1, start)), edge));
    CHECK(same(bits_of(fused::UnpackedSum(start).value()), edge));
    float sums[] = {start, start};
    dot_columns<one_rounding, 2>(0, &x, 1, &w, 1, sums);
    CHECK(same(bits_of(sums[0]), edge));
  }
  float y = 1;
  axpy<one_rounding>(0, 2.0f, &x, &y);
  CHECK(y == 1);
}

TEST_CASE("sums that have become infinite stay so", "[fused]") {
  constexpr float largest = 0x1.fffffep127f, half_a_unit = 0x1p103f;
  constexpr float infinite = std::numeric_limits<float>::infinity();
  for (const float sign : {1.0f, -1.0f}) {
    const float x[] = {sign * largest, sign * half_a_unit, -sign * largest, -sign * largest};
    const float w[] = {0.5f, 1, 1, 1}, start = sign * largest / 2;
    fused::UnpackedSum sum(start);
    for (int i = 0; i < 4; ++i) {
      sum.add_to_sum(x[i], w[i]);
      CHECK(sum.value() == sign * (i == 0 ? largest : infinite));
    }
    CHECK(dot<one_rounding>(4, x, 1, w, 1, start) == sign * infinite);
  }
}

TEST_CASE("separate numerics round products and sums", "[fused]") {
  Draws draws(3);
  long different = 0;
  for (int i = 0; i < 10000; ++i) {
    const Case drawn = draws.draw(Kind::near);
    const float a = float_of(drawn.a), b = float_of(drawn.b), c = float_of(drawn.c);
    const volatile float product = a * b;
    const float right = c + product;
    float sum = c;
    axpy<Numerics::separate>(1, a, &b, &sum);
    CHECK(bits_of(sum) == bits_of(right));
    CHECK(bits_of(dot<Numerics::separate>(1, &a, 1, &b, 1, c)) == bits_of(right));
    different += bits_of(right) != expected(drawn) ? 1 : 0;
  }
  CHECK(different > 500);  // and are another contract
}

TEST_CASE("numerics of doubles are those of the machine", "[fused]") {
  const double x[] = {1.0 / 3, 3, -2}, w[] = {3, 5, 0.1};
  double separate = 7, sums[] = {7.0};
  for (int i = 0; i < 3; ++i) separate += x[i] * w[i];
  CHECK(dot<one_rounding>(3, x, 1, w, 1, 7.0) == separate);
  dot_columns<one_rounding, 1>(3, x, 1, w, 1, sums);
  CHECK(sums[0] == separate);
}
