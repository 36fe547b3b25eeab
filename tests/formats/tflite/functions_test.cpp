// SPDX-License-Identifier: BSL-1.0
// Functions of each number, sums and changes of type of .tflite files, in float, int8 and 16x8.
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

double combined(OperatorKind kind, double a, double b) {
  return kind == OperatorKind::add ? a + b : kind == OperatorKind::sub ? a - b : a * b;
}
constexpr OperatorKind binary_kinds[]{OperatorKind::add, OperatorKind::sub, OperatorKind::mul};

TEST_CASE("ADD, SUB and MUL of two inputs import") {
  for (const OperatorKind kind : binary_kinds)
    check_in_all([&](OneOp& m) -> Formula {
      const int a = m.input({1, 3, 2, 4}), b = m.input({1, 1, 1, 4});
      m.writer.op(kind, {a, b}, {m.output({1, 3, 2, 4}, 1.0f / 12, -9)},
                  {{0, std::int8_t{0}}, {1, std::uint8_t{0}}});
      return [=](const std::vector<Numbers>& in) {
        Numbers y;
        for (std::size_t i = 0; i < 24; ++i) y.push_back(combined(kind, in[0][i], in[1][i % 4]));
        return std::vector<Numbers>{y};
      };
    });
}

TEST_CASE("ADD, SUB and MUL of a constant import, with a fused activation") {
  for (const OperatorKind kind : binary_kinds)
    check_in_all([&](OneOp& m) -> Formula {
      std::vector<std::int8_t> stored{-30, 0, 12, 64};
      std::vector<float> real;
      for (const std::int8_t v : stored) real.push_back(static_cast<float>(int{v}) / 64);
      const int a = m.input({1, 3, 2, 4});
      const Scales scales{{1.0f / 64}, {0}};
      const int b = m.real() ? m.writer.constant(ElementKind::float32, {4}, real)
                    : m.wide()
                        ? m.writer.constant(ElementKind::int16, {4},
                                            std::vector<std::int16_t>(stored.begin(), stored.end()), scales)
                        : m.writer.constant(ElementKind::int8, {4}, stored, scales);
      m.writer.op(kind, {a, b}, {m.output({1, 3, 2, 4}, 1.0f / 12, -9)},
                  {{0, std::int8_t{1}}, {1, std::uint8_t{0}}});
      return [=](const std::vector<Numbers>& in) {
        Numbers y;
        for (std::size_t i = 0; i < 24; ++i)
          y.push_back(std::max(0.0, combined(kind, in[0][i], static_cast<double>(real[i % 4]))));
        return std::vector<Numbers>{y};
      };
    });
}

struct Function {
  OperatorKind kind;
  float scale;
  std::int64_t zero;
  double (*of)(double);
  double int16_steps = 0;  ///< 0: not supported in int16
};
const Function functions[]{
    {OperatorKind::logistic, 1.0f / 256, -128, [](double x) { return 1 / (1 + std::exp(-x)); }, 5},
    {OperatorKind::tanh, 1.0f / 128, 0, [](double x) { return std::tanh(x); }, 10},
    {OperatorKind::relu, 1.0f / 64, -128, [](double x) { return std::max(x, 0.0); }, 1.05},
    {OperatorKind::relu6, 1.0f / 32, 3, [](double x) { return std::clamp(x, 0.0, 6.0); }},
    {OperatorKind::leaky_relu, 1.0f / 24, -20, [](double x) { return x < 0 ? 0.25 * x : x; }},
    {OperatorKind::hard_swish, 1.0f / 40, -100,
     [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }}};

TEST_CASE("functions of each number import") {
  for (const Function& f : functions) {
    INFO("operator " << static_cast<int>(f.kind));
    const auto make = [&](OneOp& m) -> Formula {
      const int x = m.input({1, 50});
      std::vector<Option> options;
      if (f.kind == OperatorKind::leaky_relu) options.push_back({0, 0.25f});
      m.writer.op(f.kind, {x}, {m.output({1, 50}, f.scale, f.zero)}, options);
      return [=](const std::vector<Numbers>& in) {
        Numbers y;
        for (const double v : in[0]) y.push_back(f.of(v));
        return std::vector<Numbers>{y};
      };
    };
    check_in_both(make);
    if (f.int16_steps > 0) check_in(ElementKind::int16, make, f.int16_steps);
  }
}

TEST_CASE("SOFTMAX imports") {
  const auto make = [](OneOp& m) -> Formula {
    const int x = m.input({1, 9});
    m.writer.op(OperatorKind::softmax, {x}, {m.output({1, 9}, 1.0f / 256, -128)}, {{0, 1.0f}});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      double sum = 0;
      for (const double v : in[0]) sum += std::exp(v);
      for (const double v : in[0]) y.push_back(std::exp(v) / sum);
      return std::vector<Numbers>{y};
    };
  };
  check_in_both(make);
  check_in(ElementKind::int16, make, 12);
}

TEST_CASE("QUANTIZE and DEQUANTIZE import") {
  const bool wide = GENERATE(false, true);
  TfliteWriter w;
  const Scales q = wide ? Scales{{1.0f / 256}, {0}} : Scales{{0.25f}, {-3}};
  const int x = w.tensor(ElementKind::float32, {1, 4}),
            stored = w.tensor(wide ? ElementKind::int16 : ElementKind::int8, {1, 4}, q),
            y = w.tensor(ElementKind::float32, {1, 4});
  w.op(OperatorKind::quantize, {x}, {stored});
  w.op(OperatorKind::dequantize, {stored}, {y});
  const auto model = host::import_tflite(w.file({x}, {y}), "there and back");
  host::ModelSession session(model);
  const std::vector<float> in{0.3f, -1.0f, 100.0f, -100.0f};
  session.run(std::as_bytes(std::span(in)));
  std::vector<float> out(4);
  std::memcpy(out.data(), session.output().data(), 16);
  CHECK(out == (wide ? std::vector<float>{77.0f / 256, -1.0f, 100.0f, -100.0f}
                     : std::vector<float>{0.25f, -1.0f, 32.5f, -31.25f}));
}

TEST_CASE("sums of int16 whose scales are said to be powers of two are sums as others") {
  check_in(ElementKind::int16, [](OneOp& m) -> Formula {
    const int a = m.input({1, 6}), b = m.input({1, 6});
    m.writer.op(OperatorKind::add, {a, b}, {m.output({1, 6}, 1.0f / 24)}, {{1, std::uint8_t{1}}});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      for (std::size_t i = 0; i < 6; ++i) y.push_back(in[0][i] + in[1][i]);
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("LOGISTIC and TANH of int8 take any scale of their input") {
  for (const float scale : {1e-12f, 1e-6f, 1.0f, 7.9f, 8.0f, 100.0f, 1e30f})
    for (const bool tanh : {false, true}) {
      INFO("scale " << scale << (tanh ? ", tanh" : ""));
      TfliteWriter w;
      const int x = w.tensor(ElementKind::int8, {1, 256}, {{scale}, {-3}});
      const int y = w.tensor(ElementKind::int8, {1, 256},
                             tanh ? Scales{{1.0f / 128}, {0}} : Scales{{1.0f / 256}, {-128}});
      w.op(tanh ? OperatorKind::tanh : OperatorKind::logistic, {x}, {y});
      const auto model = host::import_tflite(w.file({x}, {y}), "net");
      host::ModelSession session(model);
      std::vector<std::int8_t> all(256);
      for (std::size_t i = 0; i < 256; ++i) all[i] = static_cast<std::int8_t>(static_cast<int>(i) - 128);
      session.run(std::as_bytes(std::span(all)));
      for (std::size_t i = 0; i < 256; ++i) {
        const double real = static_cast<double>(scale) * (all[i] + 3);
        const double expected = tanh ? 128 * std::tanh(real) : 256 / (1 + std::exp(-real)) - 128;
        const double found = static_cast<std::int8_t>(session.output()[i]);
        // Where the first step lies beyond all, 0 itself is taken for what lies below it, as in the
        // reference.
        if (all[i] == -3 && scale >= 8)
          CHECK(found == -128);
        else
          CHECK(found == Approx(std::min(expected, 127.0)).margin(1.05));
      }
    }
}

TEST_CASE("what 16x8 does not have is refused") {
  const auto refused = [](const std::function<void(OneOp&)>& make) {
    OneOp m(ElementKind::int16);
    make(m);
    return error_of([&] { m.import(); });
  };
  CHECK_THAT(refused([](OneOp& m) {
               const int x = m.writer.tensor(ElementKind::int16, {1, 4}, {{0.5f}, {7}});
               m.writer.op(OperatorKind::concatenation, {x, x}, {m.output({1, 8})}, {{0, std::int32_t{1}}});
             }),
             Contains("zero points of 0 only"));
  CHECK_THAT(refused([](OneOp& m) {
               Numbers w;
               const int x = m.input({1, 7}), weights = m.weights({4, 7}, 0, w);
               const int bias = m.writer.constant(ElementKind::int32, {4}, std::vector<std::int32_t>(4));
               m.writer.op(OperatorKind::fully_connected, {x, weights, bias}, {m.output({1, 4})});
             }),
             Contains("int64 numbers as its bias"));
  CHECK_THAT(refused([](OneOp& m) {
               m.writer.op(OperatorKind::hard_swish, {m.input({1, 4})}, {m.output({1, 4})});
             }),
             Contains("HARD_SWISH") && Contains("int8 and float32 only"));
}

}  // namespace
