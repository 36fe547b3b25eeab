// SPDX-License-Identifier: BSL-1.0
// Activations against their definitions in double, and the layers that name them.
#include <cmath>
#include <codegen/testing/check_gradient.hpp>
#include <functional>
#include <limits>
#include <string_view>

#include "layer_values.hpp"

namespace {

using namespace etch;
using K = ActivationKind;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float quiet = std::numeric_limits<float>::quiet_NaN();

using Function = std::function<double(double)>;

double relu6_of(double x) { return std::fmin(std::fmax(x, 0.0), 6.0); }
double elu_of(double x) { return x > 0 ? x : std::expm1(x); }
double softplus_of(double x) { return std::log1p(std::exp(-std::fabs(x))) + std::fmax(x, 0.0); }
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// The definitions, written down apart from the kernels.
Function definition(ActivationKind kind) {
  switch (kind) {
    case K::linear:
      return [](double x) { return x; };
    case K::relu:
      return [](double x) { return std::fmax(x, 0.0); };
    case K::sigmoid:
      return sigmoid_of;
    case K::tanh:
      return [](double x) { return std::tanh(x); };
    case K::relu6:
      return relu6_of;
    case K::leaky_relu:
      return [](double x) { return x > 0 ? x : 0.2 * x; };
    case K::elu:
      return elu_of;
    case K::selu:
      return [](double x) {
        return 1.0507009873554804934193349852946 *
               (x > 0 ? x : 1.6732632423543772848170429916717 * std::expm1(x));
      };
    case K::gelu:
      return [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); };
    case K::gelu_tanh:
      return [](double x) {
        return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
      };
    case K::silu:
      return [](double x) { return x * sigmoid_of(x); };
    case K::softplus:
      return softplus_of;
    case K::softsign:
      return [](double x) { return x / (1 + std::fabs(x)); };
    case K::hard_sigmoid:
      return [](double x) { return relu6_of(x + 3) / 6; };
    case K::hard_sigmoid_keras2:
      return [](double x) { return std::fmin(std::fmax(0.2 * x + 0.5, 0.0), 1.0); };
    case K::hard_silu:
      return [](double x) { return x * relu6_of(x + 3) / 6; };
    case K::mish:
      return [](double x) { return x * std::tanh(softplus_of(x)); };
    case K::exponential:
      return [](double x) { return std::exp(x); };
    default:
      return {};
  }
}

template <class T>
T value_of(ActivationKind kind, T x) {
  T y = 0;
  kernels::activate(kind, &x, &y, 1, 1);
  return y;
}

template <class T>
T slope_of(ActivationKind kind, T x) {
  const T one = 1;
  T y = value_of(kind, x), dx = 0;
  if (derivative_from_result(kind))
    kernels::activate_backward(kind, &y, &one, &dx, 1, 1);
  else
    kernels::activate_backward_from_input(kind, &x, &one, &dx, 1);
  return dx;
}

const auto kernel_relu = [](Builder& g) { return ReLU{2.0f, 0.25f, 1.0f}(g.input({6})); };

}  // namespace

TEST_CASE("element-wise activations follow their definitions, and so do their slopes", "[activation]") {
  for (int k = 0; k < activation_kinds; ++k) {
    const auto kind = static_cast<ActivationKind>(k);
    if (!is_elementwise(kind)) continue;
    const Function f = definition(kind);
    REQUIRE(f);
    INFO(name_of(kind));
    for (int i = -200; i <= 200; ++i) {
      const double x = 0.0613 * i + 0.0007, y = f(x);  // beside every kink
      INFO("at " << x);
      const double size = std::fmax(1.0, std::fabs(y));
      REQUIRE(std::fabs(static_cast<double>(value_of(kind, static_cast<float>(x))) - y) <= 2e-6 * size);
      REQUIRE(std::fabs(value_of(kind, x) - y) <= 1e-12 * size);
      const double slope = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6;
      REQUIRE(std::fabs(slope_of(kind, x) - slope) <= 1e-7 * std::fmax(1.0, std::fabs(slope)));
      REQUIRE(std::fabs(static_cast<double>(slope_of(kind, static_cast<float>(x))) - slope) <= 4e-6 * size);
    }
  }
}

TEST_CASE("activations keep NaN, and finite numbers far out stay finite", "[activation]") {
  for (int k = 0; k < activation_kinds; ++k) {
    const auto kind = static_cast<ActivationKind>(k);
    INFO(name_of(kind));
    CHECK(std::isnan(value_of(kind, quiet)));
    if (kind == K::exponential) continue;
    for (const float x : {-1e30f, -1e4f, -100.0f, 100.0f, 1e4f, 1e30f}) {
      INFO("at " << x);
      CHECK(std::isfinite(value_of(kind, x)));
      if (is_elementwise(kind)) CHECK(std::isfinite(slope_of(kind, x)));
    }
  }
  CHECK(value_of(K::softplus, 1e4f) == 1e4f);
  CHECK(value_of(K::mish, 1e4f) == 1e4f);
  CHECK(value_of(K::gelu, 1e4f) == 1e4f);
  CHECK(value_of(K::gelu_tanh, 1e4f) == 1e4f);
  CHECK(value_of(K::softplus, -90.0f) > 0.0f);
}

TEST_CASE("every kind has a name, and names are Keras's", "[activation]") {
  for (int k = 0; k < activation_kinds; ++k) CHECK(!std::string_view(name_of(ActivationKind(k))).empty());
  static_assert(std::string_view(name_of(K::linear)) == "linear");
  static_assert(std::string_view(name_of(K::hard_silu)) == "hard_silu");
  static_assert(std::string_view(name_of(ActivationKind(activation_kinds - 1))) == "log_softmax");
  static_assert(std::string_view(name_of(K::hard_sigmoid_keras2)) == "hard_sigmoid_keras2");
}

TEST_CASE("softmax and log_softmax go over the axis that they are given", "[activation]") {
  const std::vector<float> x{0, 0.2f, 0.5f, -0.1f, 1, 2};
  const auto shares = [](std::initializer_list<double> v) {
    double sum = 0;
    for (double e : v) sum += std::exp(e);
    return sum;
  };
  LayerValues last([](Builder& g) { return Softmax{}(g.input({2, 3})); });
  const double a = shares({0, 0.2, 0.5}), b = shares({-0.1, 1, 2});
  check_close(last({x}), {1 / a, std::exp(0.2) / a, std::exp(0.5) / a, std::exp(-0.1) / b, std::exp(1) / b,
                          std::exp(2) / b});
  LayerValues first([](Builder& g) { return Softmax{1}(g.input({2, 3})); });
  const double c = shares({0, -0.1}), d = shares({0.2, 1}), e = shares({0.5, 2});
  check_close(first({x}), {1 / c, std::exp(0.2) / d, std::exp(0.5) / e, std::exp(-0.1) / c, std::exp(1) / d,
                           std::exp(2) / e});
  LayerValues logarithm([](Builder& g) { return log_softmax(g.input({2, 3}), 1); });
  check_close(logarithm({x}), {-std::log(c), 0.2 - std::log(d), 0.5 - std::log(e), -0.1 - std::log(c),
                               1 - std::log(d), 2 - std::log(e)});
  LayerValues plain([](Builder& g) { return log_softmax(g.input({2, 3})); });
  check_close(plain({x}), {-std::log(a), 0.2 - std::log(a), 0.5 - std::log(a), -0.1 - std::log(b),
                           1 - std::log(b), 2 - std::log(b)});
}

TEST_CASE("layers with numbers of their own follow Keras's definitions", "[activation]") {
  const std::vector<float> x{-4, -1, 0, 0.5f, 1.5f, 7};
  check_close(LayerValues(kernel_relu)({x}), {-1.25, -0.5, -0.25, -0.125, 1.5, 2});
  check_close(LayerValues([](Builder& g) { return ReLU{}(g.input({6})); })({x}), {0, 0, 0, 0.5, 1.5, 7});
  check_close(LayerValues([](Builder& g) { return ReLU{6.0f}(g.input({6})); })({x}), {0, 0, 0, 0.5, 1.5, 6});
  check_close(LayerValues([](Builder& g) { return ReLU{.threshold = 1}(g.input({6})); })({x}),
              {0, 0, 0, 0, 1.5, 7});
  check_close(LayerValues([](Builder& g) { return LeakyReLU{}(g.input({6})); })({x}),
              {-1.2, -0.3, 0, 0.5, 1.5, 7});
  check_close(LayerValues([](Builder& g) { return LeakyReLU{0.2f}(g.input({6})); })({x}),
              {-0.8, -0.2, 0, 0.5, 1.5, 7});
  check_close(LayerValues([](Builder& g) { return ELU{1.1f}(g.input({6})); })({x}),
              {1.1 * std::expm1(-4), 1.1 * std::expm1(-1), 0, 0.5, 1.5, 7});
  check_close(LayerValues([](Builder& g) { return ELU{}(g.input({6})); })({x}),
              {std::expm1(-4), std::expm1(-1), 0, 0.5, 1.5, 7});
  LayerValues limits([](Builder& g) { return ReLU{.threshold = 1}(g.input({2})); });
  const auto y = limits({{-infinity, quiet}});
  CHECK(y[0] == 0.0f);
  CHECK(std::isnan(y[1]));
}

TEST_CASE("PReLU has an alpha an element, or shares it along axes", "[activation]") {
  LayerValues own([](Builder& g) { return PReLU{}(g.input({2, 2})); }, 2);
  own.set(0, {0.1f, 0.2f, 0.3f, 0.4f});
  check_close(own({{-1, -1, -1, 1, -2, 2, -2, -2}}), {-0.1, -0.2, -0.3, 1, -0.2, 2, -0.6, -0.8});
  LayerValues channels([](Builder& g) { return PReLU{.shared_axes = {1}}(g.input({2, 2})); });
  channels.set(0, {0.1f, 0.2f});
  check_close(channels({{-1, -1, -2, -2}}), {-0.1, -0.2, -0.2, -0.4});
  LayerValues rows([](Builder& g) { return PReLU{.shared_axes = {-1, 1}}(g.input({2, 3, 2})); });
  rows.set(0, {0.1f, 0.2f, 0.3f});
  check_close(rows({{-1, -1, -1, -1, -1, -1, -2, 2, -2, -2, -2, -2}}),
              {-0.1, -0.1, -0.2, -0.2, -0.3, -0.3, -0.2, 2, -0.4, -0.4, -0.6, -0.6});
}

TEST_CASE("gradients of activations with numbers or weights of their own", "[activation][gradient]") {
  const auto check = [](const char* what, const auto& define) {
    for (const int rows : {1, 3}) {
      INFO(what << ", rows " << rows);
      CHECK(check_gradient(define, {.rows = rows}) <= 1e-5);
    }
  };
  check("ReLU", kernel_relu);
  check("ReLU with a small limit", [](Builder& g) { return ReLU{0.3f, 0.1f}(g.input({2, 5})); });
  check("LeakyReLU", [](Builder& g) { return LeakyReLU{}(g.input({7})); });
  check("ELU", [](Builder& g) { return ELU{0.5f}(Dense{4}(g.input({7}))); });
  for (const int axis : {1, 2, 3, -3}) {
    check("Softmax", [=](Builder& g) { return Softmax{axis}(g.input({2, 3, 4})); });
    check("log_softmax", [=](Builder& g) { return log_softmax(g.input({2, 3, 4}), axis); });
  }
  check("PReLU", [](Builder& g) { return PReLU{}(g.input({2, 3, 2})); });
  check("PReLU behind Dense", [](Builder& g) { return PReLU{}(Dense{5}(g.input({3}))); });
  for (const Axes& axes : {Axes{1}, Axes{1, 2}, Axes{2, 3}, Axes{-1}, Axes{1, 2, 3}})
    check("PReLU, shared", [=](Builder& g) { return PReLU{.shared_axes = axes}(g.input({2, 3, 4})); });
  check("PReLU frozen", [](Builder& g) { return PReLU{.trainable = false}(Dense{5}(g.input({3}))); });
}
