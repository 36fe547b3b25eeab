// SPDX-License-Identifier: BSL-1.0
// Functions of each number, sums and changes of type of .tflite files, in float and in int8.
#include <tests/tool/one_op.hpp>

namespace {

using namespace etch;
using namespace etch::test;

double combined(OperatorKind kind, double a, double b) {
  return kind == OperatorKind::add ? a + b : kind == OperatorKind::sub ? a - b : a * b;
}
constexpr OperatorKind binary_kinds[]{OperatorKind::add, OperatorKind::sub, OperatorKind::mul};

TEST_CASE("ADD, SUB and MUL of two inputs import") {
  for (const OperatorKind kind : binary_kinds)
    check_in_both([&](OneOp& m) -> Formula {
      const int a = m.input({1, 3, 2, 4}), b = m.input({1, 1, 1, 4});
      m.writer.op(kind, {a, b}, {m.output({1, 3, 2, 4}, 1.0f / 12, -9)}, {{0, std::int8_t{0}}});
      return [=](const std::vector<Numbers>& in) {
        Numbers y;
        for (std::size_t i = 0; i < 24; ++i) y.push_back(combined(kind, in[0][i], in[1][i % 4]));
        return std::vector<Numbers>{y};
      };
    });
}

TEST_CASE("ADD, SUB and MUL of a constant import, with a fused activation") {
  for (const OperatorKind kind : binary_kinds)
    check_in_both([&](OneOp& m) -> Formula {
      std::vector<std::int8_t> stored{-30, 0, 12, 64};
      std::vector<float> real;
      for (const std::int8_t v : stored) real.push_back(static_cast<float>(int{v}) / 64);
      const int a = m.input({1, 3, 2, 4});
      const int b = m.int8_ ? m.writer.constant(ElementKind::int8, {4}, stored, {{1.0f / 64}, {0}})
                            : m.writer.constant(ElementKind::float32, {4}, real);
      m.writer.op(kind, {a, b}, {m.output({1, 3, 2, 4}, 1.0f / 12, -9)}, {{0, std::int8_t{1}}});
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
};
const Function functions[]{
    {OperatorKind::logistic, 1.0f / 256, -128, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {OperatorKind::tanh, 1.0f / 128, 0, [](double x) { return std::tanh(x); }},
    {OperatorKind::relu, 1.0f / 64, -128, [](double x) { return std::max(x, 0.0); }},
    {OperatorKind::relu6, 1.0f / 32, 3, [](double x) { return std::clamp(x, 0.0, 6.0); }},
    {OperatorKind::leaky_relu, 1.0f / 24, -20, [](double x) { return x < 0 ? 0.25 * x : x; }},
    {OperatorKind::hard_swish, 1.0f / 40, -100,
     [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }}};

TEST_CASE("functions of each number import") {
  for (const Function& f : functions) {
    INFO("operator " << static_cast<int>(f.kind));
    check_in_both([&](OneOp& m) -> Formula {
      const int x = m.input({1, 50});
      std::vector<Option> options;
      if (f.kind == OperatorKind::leaky_relu) options.push_back({0, 0.25f});
      m.writer.op(f.kind, {x}, {m.output({1, 50}, f.scale, f.zero)}, options);
      return [=](const std::vector<Numbers>& in) {
        Numbers y;
        for (const double v : in[0]) y.push_back(f.of(v));
        return std::vector<Numbers>{y};
      };
    });
  }
}

TEST_CASE("SOFTMAX imports") {
  check_in_both([](OneOp& m) -> Formula {
    const int x = m.input({1, 9});
    m.writer.op(OperatorKind::softmax, {x}, {m.output({1, 9}, 1.0f / 256, -128)}, {{0, 1.0f}});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      double sum = 0;
      for (const double v : in[0]) sum += std::exp(v);
      for (const double v : in[0]) y.push_back(std::exp(v) / sum);
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("QUANTIZE and DEQUANTIZE import") {
  TfliteWriter w;
  const Scales q{{0.25f}, {-3}};
  const int x = w.tensor(ElementKind::float32, {1, 4}), stored = w.tensor(ElementKind::int8, {1, 4}, q),
            y = w.tensor(ElementKind::float32, {1, 4});
  w.op(OperatorKind::quantize, {x}, {stored});
  w.op(OperatorKind::dequantize, {stored}, {y});
  const auto model = host::import_tflite(w.file({x}, {y}), "there and back");
  host::ModelSession session(model);
  const std::vector<float> in{0.3f, -1.0f, 100.0f, -100.0f};
  session.run(std::as_bytes(std::span(in)));
  std::vector<float> out(4);
  std::memcpy(out.data(), session.output().data(), 16);
  CHECK(out == std::vector<float>{0.25f, -1.0f, 32.5f, -31.25f});
}

}  // namespace
