// SPDX-License-Identifier: BSL-1.0
// Functions of one number, operations on two, reductions and searches.
#include <codegen/model/constant_array.hpp>
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;
using Function = double (*)(double);

Formula each(Function f) {
  return [f](const std::vector<Numbers>& in) {
    Numbers y;
    for (const double x : in[0]) y.push_back(f(x));
    return std::vector<Numbers>{y};
  };
}

void check_function(OperatorKind kind, Function f, const std::vector<ElementKind>& kinds,
                    float scale = 1.0f / 32, std::int64_t zero = 3, bool positive = false) {
  for (const ElementKind type : kinds) {
    INFO(static_cast<int>(kind));
    OneOp m(type);
    int x = m.input({1, 3, 5});
    if (positive) {  // x^2 + 1/2 first
      const int square = m.between({1, 3, 5}), above = m.between({1, 3, 5});
      m.writer.op(OperatorKind::square, {x}, {square});
      m.writer.op(OperatorKind::add, {square, m.writer.constant<float>(ElementKind::float32, {1}, {0.5f})},
                  {above}, {{0, std::int8_t{0}}});
      x = above;
    }
    m.writer.op(kind, {x}, {m.output({1, 3, 5}, scale, zero)});
    m.check([=](const std::vector<Numbers>& in) {
      Numbers y;
      for (const double v : in[0]) y.push_back(f(positive ? v * v + 0.5 : v));
      return std::vector<Numbers>{y};
    });
  }
}

const std::vector<ElementKind> in_float{ElementKind::float32};
const std::vector<ElementKind> in_bytes{ElementKind::float32, ElementKind::int8};
const std::vector<ElementKind> in_all{ElementKind::float32, ElementKind::int8, ElementKind::int16};

TEST_CASE("functions of one number import") {
  check_function(
      OperatorKind::abs, [](double x) { return std::abs(x); }, in_all);
  check_function(
      OperatorKind::abs, [](double x) { return std::abs(x); }, in_all, 1.0f / 40, -128);
  check_function(
      OperatorKind::neg, [](double x) { return -x; }, in_float);
  check_function(
      OperatorKind::exp, [](double x) { return std::exp(x); }, in_bytes, 1.0f / 4, -100);
  check_function(
      OperatorKind::elu, [](double x) { return x < 0 ? std::expm1(x) : x; }, in_bytes);
  check_function(
      OperatorKind::square, [](double x) { return x * x; }, in_float);
  check_function(
      OperatorKind::ceil, [](double x) { return std::ceil(x); }, in_float);
  check_function(
      OperatorKind::floor, [](double x) { return std::floor(x); }, in_float);
  check_function(
      OperatorKind::round, [](double x) { return std::nearbyint(x); }, in_float);
  check_function(
      OperatorKind::sin, [](double x) { return std::sin(x); }, in_float);
  check_function(
      OperatorKind::cos, [](double x) { return std::cos(x); }, in_float);
  check_function(
      OperatorKind::gelu, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }, in_float);
  check_function(
      OperatorKind::log, [](double x) { return std::log(x); }, in_float, 1, 0, true);
  check_function(
      OperatorKind::sqrt, [](double x) { return std::sqrt(x); }, in_float, 1, 0, true);
  check_function(
      OperatorKind::rsqrt, [](double x) { return 1 / std::sqrt(x); }, in_float, 1, 0, true);
}

TEST_CASE("LOG_SOFTMAX and L2_NORMALIZATION import") {
  check_in(ElementKind::float32, [](OneOp& m) -> Formula {
    m.writer.op(OperatorKind::log_softmax, {m.input({1, 2, 4})}, {m.output({1, 2, 4})});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      for (std::size_t r = 0; r < 8; r += 4) {
        double sum = 0;
        for (std::size_t i = r; i < r + 4; ++i) sum += std::exp(in[0][i]);
        for (std::size_t i = r; i < r + 4; ++i) y.push_back(in[0][i] - std::log(sum));
      }
      return std::vector<Numbers>{y};
    };
  });
  check_in(ElementKind::float32, [](OneOp& m) -> Formula {
    m.writer.op(OperatorKind::l2_normalization, {m.input({1, 2, 4})}, {m.output({1, 2, 4})},
                {{0, std::int8_t{0}}});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      for (std::size_t r = 0; r < 8; r += 4) {
        double sum = 0;
        for (std::size_t i = r; i < r + 4; ++i) sum += in[0][i] * in[0][i];
        for (std::size_t i = r; i < r + 4; ++i) y.push_back(in[0][i] / std::sqrt(sum));
      }
      return std::vector<Numbers>{y};
    };
  });
}

using Pair = double (*)(double, double);

/// Of two inputs, of which the second is broadcast; of an input and a constant of 1/2; and of that and an
/// input.
void check_pair(OperatorKind kind, Pair f, const std::vector<ElementKind>& kinds, bool turned = true) {
  for (const ElementKind type : kinds) {
    INFO(static_cast<int>(kind));
    const auto constant = [](OneOp& m) {
      if (m.real()) return m.writer.constant<float>(ElementKind::float32, {1}, {0.5f});
      if (m.wide())
        return m.writer.constant<std::int16_t>(ElementKind::int16, {1}, {4096}, m.scales(1.0f / 32, 3));
      return m.writer.constant<std::int8_t>(ElementKind::int8, {1}, {19}, m.scales(1.0f / 32, 3));
    };
    const auto apply = [&](OneOp& m, int a, int b) {
      m.writer.op(kind, {a, b}, {m.output({1, 2, 3})}, {{0, std::int8_t{0}}});
    };
    check_in(type, [&](OneOp& m) -> Formula {
      const int a = m.input({1, 2, 3}), b = m.input({1, 1, 3});
      apply(m, a, b);
      return [f](const std::vector<Numbers>& in) {
        Numbers y;
        for (std::size_t i = 0; i < 6; ++i) y.push_back(f(in[0][i], in[1][i % 3]));
        return std::vector<Numbers>{y};
      };
    });
    for (const bool first : {false, true}) {
      if (first && !turned) continue;
      check_in(type, [&](OneOp& m) -> Formula {
        const int a = m.input({1, 2, 3}), b = constant(m);
        apply(m, first ? b : a, first ? a : b);
        return [f, first](const std::vector<Numbers>& in) {
          Numbers y;
          for (const double x : in[0]) y.push_back(first ? f(0.5, x) : f(x, 0.5));
          return std::vector<Numbers>{y};
        };
      });
    }
  }
}

TEST_CASE("operations on two tensors import, with a constant on either side") {
  check_pair(
      OperatorKind::maximum, [](double a, double b) { return std::max(a, b); }, in_all);
  check_pair(
      OperatorKind::minimum, [](double a, double b) { return std::min(a, b); }, in_all);
  check_pair(
      OperatorKind::squared_difference, [](double a, double b) { return (a - b) * (a - b); }, in_float);
  check_pair(
      OperatorKind::sub, [](double a, double b) { return a - b; }, in_bytes);
}

TEST_CASE("DIV and POW import") {
  check_in(ElementKind::float32, [](OneOp& m) -> Formula {
    const int x = m.input({1, 6}), half = m.writer.constant<float>(ElementKind::float32, {1}, {0.25f}),
              divided = m.between({1, 6}), turned = m.between({1, 6}), square = m.between({1, 6});
    m.writer.op(OperatorKind::div, {x, half}, {divided}, {{0, std::int8_t{0}}});
    m.writer.op(OperatorKind::pow, {half, divided}, {turned});
    m.writer.op(OperatorKind::div, {half, turned}, {square}, {{0, std::int8_t{0}}});
    m.writer.op(OperatorKind::minimum, {square, m.writer.constant<float>(ElementKind::float32, {1}, {100})},
                {m.output({1, 6})});
    return each([](double x) { return std::min(100.0, 0.25 / std::pow(0.25, x / 0.25)); });
  });
}

/// Over axes of [1, 2, 3, 4].
void check_reduction(OperatorKind kind, const std::vector<std::int32_t>& axes, bool keeps,
                     const std::vector<int>& result, double (*join)(const Numbers&),
                     const std::vector<ElementKind>& kinds) {
  for (const ElementKind type : kinds)
    check_in(type, [&](OneOp& m) -> Formula {
      const int x = m.input({1, 2, 3, 4});
      m.writer.op(kind, {x, m.numbers(axes)}, {m.output(result)}, {{0, static_cast<std::uint8_t>(keeps)}});
      const auto gone = [axes](int axis) {
        return std::ranges::any_of(axes, [&](int a) { return (a < 0 ? a + 4 : a) == axis; });
      };
      return [=](const std::vector<Numbers>& in) {
        std::vector<Numbers> joined(elements_of(result));
        for (std::size_t i = 0; i < 24; ++i) {
          std::size_t at = 0;
          if (!gone(1)) at = i / 12;
          if (!gone(2)) at = at * 3 + i / 4 % 3;
          if (!gone(3)) at = at * 4 + i % 4;
          joined[at].push_back(in[0][i]);
        }
        Numbers y;
        for (const Numbers& of : joined) y.push_back(join(of));
        return std::vector<Numbers>{y};
      };
    });
}

double largest(const Numbers& of) { return *std::ranges::max_element(of); }
double smallest(const Numbers& of) { return *std::ranges::min_element(of); }
double sum(const Numbers& of) {
  double s = 0;
  for (const double x : of) s += x;
  return s;
}
double mean(const Numbers& of) { return sum(of) / static_cast<double>(of.size()); }

TEST_CASE("reductions import, over any axes") {
  check_reduction(OperatorKind::reduce_max, {1, 2}, false, {1, 4}, largest, in_all);
  check_reduction(OperatorKind::reduce_max, {-1}, true, {1, 2, 3, 1}, largest, in_all);
  check_reduction(OperatorKind::reduce_min, {1, 3}, false, {1, 3}, smallest, in_all);
  check_reduction(OperatorKind::sum, {2}, false, {1, 2, 4}, sum, in_float);
  check_reduction(OperatorKind::sum, {0, 1, 2, 3}, false, {}, sum, in_float);
  check_reduction(OperatorKind::mean, {1, 3}, false, {1, 3}, mean, in_float);
  check_reduction(OperatorKind::mean, {1, 2}, true, {1, 1, 1, 4}, mean, in_all);
}

TEST_CASE("ARG_MAX gives places, and rows of a table by them") {
  check_in(ElementKind::float32, [](OneOp& m) -> Formula {
    const int x = m.input({1, 2, 3}), place = m.writer.tensor(ElementKind::int32, {1, 2}),
              table = m.writer.constant<float>(ElementKind::float32, {3, 2}, {10, 11, 20, 21, 30, 31});
    m.writer.op(OperatorKind::arg_max, {x, m.numbers({2})}, {place});
    m.writer.op(OperatorKind::gather, {table, place}, {m.output({1, 2, 2})}, {{0, 0}});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      for (std::size_t r = 0; r < 6; r += 3) {
        const auto row = in[0].begin() + static_cast<std::ptrdiff_t>(r);
        const auto best = std::max_element(row, row + 3) - row;
        y.push_back(10.0 * static_cast<double>(best + 1));
        y.push_back(10.0 * static_cast<double>(best + 1) + 1);
      }
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("ARG_MIN of int8 and CAST to float32 import") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::int8, {1, 4}, {{0.5f}, {0}}), place = w.tensor(ElementKind::int32, {1}),
            y = w.tensor(ElementKind::float32, {1});
  w.op(OperatorKind::arg_min, {x, w.constant<std::int32_t>(ElementKind::int32, {1}, {-1})}, {place});
  w.op(OperatorKind::cast, {place}, {y});
  const auto model = host::import_tflite(w.file({x}, {y}), "net");
  host::ModelSession session(model);
  const std::int8_t numbers[]{5, -7, 100, -7};
  session.run(std::as_bytes(std::span(numbers)));
  CHECK(host::numbers_in<float>(session.output()) == std::vector<float>{1});
}

TEST_CASE("PRELU imports, with a slope a channel") {
  for (const ElementKind type : in_bytes)
    check_in(type, [](OneOp& m) -> Formula {
      const int x = m.input({1, 2, 2, 3});
      const int alpha = m.real()
                            ? m.writer.constant<float>(ElementKind::float32, {1, 1, 3}, {0.5f, -0.25f, 0})
                            : m.writer.constant<std::int8_t>(ElementKind::int8, {1, 1, 3}, {42, -6, 10},
                                                             {{1.0f / 64}, {10}});
      m.writer.op(OperatorKind::prelu, {x, alpha}, {m.output({1, 2, 2, 3})});
      return [](const std::vector<Numbers>& in) {
        const double slopes[]{0.5, -0.25, 0};
        Numbers y;
        for (std::size_t i = 0; i < 12; ++i) y.push_back(in[0][i] * (in[0][i] < 0 ? slopes[i % 3] : 1));
        return std::vector<Numbers>{y};
      };
    });
}

TEST_CASE("LEAKY_RELU and RELU6 import in int16") {
  check_in(ElementKind::int16, [](OneOp& m) -> Formula {
    m.writer.op(OperatorKind::leaky_relu, {m.input({1, 8})}, {m.output({1, 8}, 1.0f / 24)}, {{0, 0.3f}});
    return each([](double x) { return x < 0 ? 0.3 * x : x; });
  });
  check_in(ElementKind::int16, [](OneOp& m) -> Formula {
    m.writer.op(OperatorKind::relu6, {m.input({1, 8})}, {m.output({1, 8})});
    return each([](double x) { return std::clamp(x, 0.0, 6.0); });
  });
}

TEST_CASE("BATCH_MATMUL imports, turned and with a constant") {
  for (const bool turn_a : {false, true})
    for (const bool turn_b : {false, true})
      for (const bool fixed : {false, true})
        check_in(ElementKind::float32, [=](OneOp& m) -> Formula {
          Numbers weights;
          const std::vector<int> of_b = turn_b ? std::vector<int>{2, 4, 3} : std::vector<int>{2, 3, 4};
          const int a = m.input(turn_a ? std::vector<int>{2, 3, 5} : std::vector<int>{2, 5, 3});
          const int b = fixed ? m.weights(of_b, 0, weights) : m.input(of_b);
          m.writer.op(OperatorKind::batch_matmul, {a, b}, {m.output({2, 5, 4})},
                      {{0, static_cast<std::uint8_t>(turn_a)}, {1, static_cast<std::uint8_t>(turn_b)}});
          return [=](const std::vector<Numbers>& in) {
            const Numbers& right = fixed ? weights : in[1];
            Numbers y;
            for (std::size_t g = 0; g < 2; ++g)
              for (std::size_t i = 0; i < 5; ++i)
                for (std::size_t j = 0; j < 4; ++j) {
                  double total = 0;
                  for (std::size_t k = 0; k < 3; ++k)
                    total += in[0][g * 15 + (turn_a ? k * 5 + i : i * 3 + k)] *
                             right[g * 12 + (turn_b ? j * 3 + k : k * 4 + j)];
                  y.push_back(total);
                }
            return std::vector<Numbers>{y};
          };
        });
}

TEST_CASE("TRANSPOSE_CONV imports, with both paddings and a bias") {
  for (const bool same : {true, false})
    check_in(ElementKind::float32, [=](OneOp& m) -> Formula {
      const int height = same ? 4 : 5, width = same ? 6 : 7;
      Numbers w, b;
      const int x = m.input({1, 2, 3, 2}), weights = m.weights({3, 3, 3, 2}, 0, w), bias = m.bias(3, b);
      m.writer.op(OperatorKind::transpose_conv, {m.numbers({1, height, width, 3}), weights, x, bias},
                  {m.output({1, height, width, 3})},
                  {{0, static_cast<std::int8_t>(same ? 0 : 1)}, {1, 2}, {2, 2}});
      return [=](const std::vector<Numbers>& in) {
        Numbers y(static_cast<std::size_t>(height * width * 3));
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = b[i % 3];
        for (int iy = 0; iy < 2; ++iy)
          for (int ix = 0; ix < 3; ++ix)
            for (int ky = 0; ky < 3; ++ky)
              for (int kx = 0; kx < 3; ++kx) {
                const int oy = 2 * iy + ky, ox = 2 * ix + kx;  // SAME pads one row and column, all at the end
                if (oy >= height || ox >= width) continue;
                for (int f = 0; f < 3; ++f)
                  for (int c = 0; c < 2; ++c)
                    y[static_cast<std::size_t>((oy * width + ox) * 3 + f)] +=
                        in[0][static_cast<std::size_t>((iy * 3 + ix) * 2 + c)] *
                        w[static_cast<std::size_t>(((f * 3 + ky) * 3 + kx) * 2 + c)];
              }
        return std::vector<Numbers>{y};
      };
    });
}

TEST_CASE("operators whose whole numbers are not supported say so") {
  OneOp m(ElementKind::int8);
  m.writer.op(OperatorKind::sin, {m.input({1, 3})}, {m.output({1, 3})});
  CHECK_THAT(error_of([&] { m.import(); }), Contains("SIN (operator 0) is supported in float32 only"));
}

}  // namespace
