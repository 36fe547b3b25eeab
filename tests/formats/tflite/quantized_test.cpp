// SPDX-License-Identifier: BSL-1.0
// Quantized operators on two tensors, and of one number, step for step as TensorFlow Lite's arithmetic says.
#include <tests/formats/tflite/reference.hpp>
#include <tests/formats/tflite/stored_model.hpp>
#include <tests/unit/error_of.hpp>

#include <numeric>

namespace {

using namespace etch::test;
using namespace etch::test::reference;
using Catch::Matchers::Contains;

constexpr auto int8 = ElementKind::int8, int16 = ElementKind::int16, int32 = ElementKind::int32;

/// The quantizations of two operands and a result.
struct Case {
  Stored a, b, y;
};
using Pair = Whole (*)(const Case&, Whole a, Whole b);

/// All pairs of places of int8, some of int16.
void check_pairs(OperatorKind kind, const Case& q, Pair formula) {
  INFO("operator " << static_cast<int>(kind) << ", scales " << q.a.scale << " " << q.b.scale << " "
                   << q.y.scale);
  StoredModel m;
  const int n = q.a.wide() ? 40 : 256;
  const int a = m.input({1, n, 1}, q.a), b = m.input({1, 1, n}, q.b);
  m.writer.op(kind, {a, b}, {m.output({1, n, n}, q.y)}, {{0, std::int8_t{0}}});
  Wholes of_a = m.random(static_cast<std::size_t>(n), q.a), of_b = m.random(static_cast<std::size_t>(n), q.b);
  for (int i = 0; i < n && !q.a.wide(); ++i)
    of_a[static_cast<std::size_t>(i)] = of_b[static_cast<std::size_t>(i)] = i - 128;
  Wholes expected;
  for (const Whole x : of_a)
    for (const Whole y : of_b) expected.push_back(q.y.held(formula(q, x, y)));
  CHECK(m.run({of_a, of_b}) == expected);
  // The same constants, beside the first input and before the second.
  for (const bool first : {false, true}) {
    StoredModel c;
    const int x = c.input(first ? std::vector{1, 1, n} : std::vector{1, n, 1}, first ? q.b : q.a);
    const int given = first ? c.constant({1, n, 1}, q.a, of_a) : c.constant({1, 1, n}, q.b, of_b);
    c.writer.op(kind, {first ? given : x, first ? x : given}, {c.output({1, n, n}, q.y)},
                {{0, std::int8_t{0}}});
    CHECK(c.run({first ? of_b : of_a}) == expected);
  }
}

const Stored small{int8, 0.03f, -5}, large{int8, 0.11f, 20}, low{int8, 0.05f, -128}, high{int8, 0.05f, 127};
const Stored fine{int16, 0.0003f}, coarse{int16, 0.0011f};

/// An operand in steps of twice the larger scale, after it is raised.
Whole common(const Case& q, const Stored& of, Whole x, int raised) {
  const double twice = 2 * std::max(static_cast<double>(q.a.scale), static_cast<double>(q.b.scale));
  return scaled((x - of.zero) * power_of_two(raised), factor(static_cast<double>(of.scale) / twice));
}
double twice_larger(const Case& q) { return 2 * static_cast<double>(std::max(q.a.scale, q.b.scale)); }

Whole squared_difference(const Case& q, Whole a, Whole b) {
  const int raised = q.a.wide() ? 0 : 7;
  const Whole difference = common(q, q.a, a, raised) - common(q, q.b, b, raised);
  const double below = static_cast<double>(static_cast<float>(power_of_two(2 * raised)) * q.y.scale);
  return scaled(difference * difference, factor(twice_larger(q) * twice_larger(q) / below)) + q.y.zero;
}

TEST_CASE("SQUARED_DIFFERENCE of whole numbers is the reference's") {
  for (const Case& q : {Case{small, large, {int8, 0.5f, -128}},
                        {low, high, {int8, 0.001f, 127}},
                        {small, small, small},
                        {fine, coarse, {int16, 0.05f}},
                        {fine, fine, {int16, 1e-7f}}})
    check_pairs(OperatorKind::squared_difference, q, squared_difference);
}

Whole difference(const Case& q, Whole a, Whole b) {
  const int raised = q.a.wide() ? 15 : 20;
  const double unit = static_cast<double>(power_of_two(raised)) * static_cast<double>(q.y.scale);
  return scaled(common(q, q.a, a, raised) - common(q, q.b, b, raised), factor(twice_larger(q) / unit)) +
         q.y.zero;
}

TEST_CASE("SUB of whole numbers is the reference's, also from several constants") {
  for (const Case& q :
       {Case{small, large, {int8, 0.14f, 3}}, {low, high, high}, {fine, coarse, {int16, 0.0012f}}})
    check_pairs(OperatorKind::sub, q, difference);
}

Whole quotient(const Case& q, Whole a, Whole b) {
  Whole above = a - q.a.zero, below = b - q.b.zero;
  if (below == 0) return above == 0 ? q.y.zero : above > 0 ? 127 : -128;
  if (above == 0) return q.y.zero;
  if (below < 0) above = -above, below = -below;
  const Factor inverse = reciprocal(below);
  int raised = 0;  // as far as 32 bits hold it
  while (kept32(above * power_of_two(raised + 1)) == above * power_of_two(raised + 1)) ++raised;
  const Factor f = factor(static_cast<double>(q.a.scale / (q.b.scale * q.y.scale)));
  const Whole unscaled = high_half(above * power_of_two(raised), inverse.multiplier);
  return halved(high_half(unscaled, f.multiplier), raised + inverse.power - f.power) + q.y.zero;
}

TEST_CASE("DIV of int8 is the reference's; by zero it is the last number on its side") {
  for (const Case& q : {Case{small, large, {int8, 0.02f, 1}},
                        {low, high, {int8, 0.4f, -100}},
                        {small, small, {int8, 1e-5f, 0}},
                        {small, large, {int8, 3e8f, 7}}})
    check_pairs(OperatorKind::div, q, quotient);
}

TEST_CASE("RSQRT of whole numbers is the reference's, and the largest where it is not defined") {
  for (const auto& [x, y] : {std::pair{small, Stored{int8, 0.04f, -128}},
                             {high, small},
                             {low, Stored{int8, 1e-4f, 9}},
                             {fine, Stored{int16, 0.002f}},
                             {coarse, Stored{int16, 3.0f}}}) {
    StoredModel m;
    const int n = x.wide() ? 600 : 256;
    m.writer.op(OperatorKind::rsqrt, {m.input({1, n}, x)}, {m.output({1, n}, y)});
    Wholes given = m.random(static_cast<std::size_t>(n), x), expected;
    for (int i = 0; i < 256; ++i) given[static_cast<std::size_t>(i)] = i - 128;
    const Factor f = factor(1 / (std::sqrt(static_cast<double>(x.scale)) * static_cast<double>(y.scale)));
    for (const Whole place : given) {
      const Factor root = inverse_root(std::max<Whole>(place - x.zero, 0));
      const Whole raised = scaled(1, {root.multiplier, root.power + 20});
      expected.push_back(place <= x.zero ? y.highest()
                                         : y.held(scaled(raised, {f.multiplier, f.power - 20}) + y.zero));
    }
    CHECK(m.run({given}) == expected);
  }
}

/// Of all int8: `real` of real numbers, which are brought to steps by `rounded`. What lies within so little
/// of a border between steps may fall on either side: TensorFlow Lite computes in float.
void check_real(OperatorKind kind, const Stored& x, const Stored& y, double (*real)(double),
                double (*rounded)(double)) {
  INFO("operator " << static_cast<int>(kind) << ", scales " << x.scale << " " << y.scale);
  StoredModel m;
  m.writer.op(kind, {m.input({1, 256}, x)}, {m.output({1, 256}, y)});
  Wholes given(256);
  std::iota(given.begin(), given.end(), -128);
  const Wholes result = m.run({given});
  for (std::size_t i = 0; i < 256; ++i) {
    const double steps = real(static_cast<double>(x.scale) * static_cast<double>(given[i] - x.zero)) /
                         static_cast<double>(y.scale);
    INFO("of " << given[i]);
    const auto at = [&](double s) { return std::clamp(rounded(s) + y.zero, -128.0, 127.0); };
    const auto place = static_cast<double>(result[i]);
    CHECK((place == at(steps - 1e-4) || place == at(steps + 1e-4)));
  }
}

TEST_CASE("SQRT and LOG of int8 are TensorFlow Lite's") {
  const auto root = [](double v) { return std::sqrt(std::max(v, 0.0)); };
  const auto log = [](double v) { return v > 0 ? std::log(v) : -1e9; };
  const auto cut = [](double v) { return std::trunc(v); };
  const auto nearest = [](double v) { return std::round(v); };
  for (const auto& [x, y] :
       {std::pair{small, Stored{int8, 0.01f, -128}}, {low, Stored{int8, 0.0002f, 3}}, {high, small}}) {
    check_real(OperatorKind::sqrt, x, y, root, cut);
    check_real(OperatorKind::log, x, {int8, 0.04f, y.zero}, log, nearest);
  }
}

TEST_CASE("QUANTIZE changes whole numbers of one type to another") {
  for (const auto& [x, y] : {std::pair{Stored{int32, 1e-6f}, Stored{int8, 0.5f, -7}},
                             {Stored{int32, 1e-6f}, Stored{int16, 0.03f}},
                             {Stored{int32, 3.0f}, Stored{int8, 0.5f, 127}},
                             {small, fine},
                             {high, Stored{int32, 0.001f}}}) {
    StoredModel m;
    m.writer.op(OperatorKind::quantize, {m.input({1, 300}, x)}, {m.output({1, 300}, y)});
    Wholes given = m.random(300, x), expected;
    for (std::size_t i = 1; i < 100; ++i) given[i] = static_cast<Whole>(i) - 50;
    const Factor f = factor(static_cast<double>(x.scale) / static_cast<double>(y.scale));
    for (const Whole place : given) expected.push_back(y.held(scaled(place - x.zero, f) + y.zero));
    CHECK(m.run({given}) == expected);
  }
}

std::string refusal(OperatorKind kind, const Stored& x, const Stored& y, int inputs = 1) {
  StoredModel m;
  std::vector<int> from;
  for (int i = 0; i < inputs; ++i) from.push_back(m.input({1, 4}, x));
  m.writer.op(kind, from, {m.output({1, 4}, y)}, {{0, std::int8_t{0}}});
  return error_of([&] { m.import(); });
}

TEST_CASE("what the reference has no arithmetic for is refused in a sentence") {
  CHECK_THAT(refusal(OperatorKind::div, fine, fine, 2),
             Contains("DIV (operator 0) is supported in int8 and float32 only"));
  CHECK_THAT(refusal(OperatorKind::pow, small, small, 2), Contains("is supported in float32 only"));
  CHECK_THAT(refusal(OperatorKind::squared_difference, {int8, 1e4f}, {int8, 1e-4f}, 2),
             Contains("SQUARED_DIFFERENCE"));
  CHECK_THAT(refusal(OperatorKind::rsqrt, small, {int8, 1e7f}), Contains("RSQRT"));
  CHECK_THAT(refusal(OperatorKind::log_softmax, small, small),
             Contains("results of scale 1/16 and zero point 127 only"));
  CHECK_THAT(refusal(OperatorKind::log_softmax, fine, fine),
             Contains("is supported in int8 and float32 only"));
  CHECK_THAT(refusal(OperatorKind::l2_normalization, small, small),
             Contains("results of scale 1/128 and zero point 0 only"));
  CHECK_THAT(refusal(OperatorKind::quantize, {int32, 1, 1}, small),
             Contains("needs a zero point within the type"));
  CHECK_THAT(refusal(OperatorKind::quantize, {int32, 1}, {int32, 2}),
             Contains("it takes int32 and gives int32"));
}

}  // namespace
