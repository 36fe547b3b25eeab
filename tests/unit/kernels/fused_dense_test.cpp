// SPDX-License-Identifier: BSL-1.0
// Portable dense kernels by either numerics, against plain loops in the order that dense.hpp promises.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/portable/dense_backward.hpp>
#include <vector>

namespace {

using namespace etch;
using namespace etch::kernels;
using Floats = std::vector<float>;

std::mt19937 generator(7);

int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator); }

/// Zeros of both signs, subnormal numbers and large ones among them.
Floats random_floats(int n) {
  std::uniform_real_distribution<float> number(-1, 1);
  Floats result;
  result.reserve(static_cast<std::size_t>(n) + 1);  // an address also where there are none
  result.resize(static_cast<std::size_t>(n));
  for (float& x : result) {
    x = number(generator);
    if (integer(0, 9) == 0) x = integer(0, 1) == 0 ? 0.0f : -0.0f;
    if (integer(0, 19) == 0) x *= 0x1p-140f;
    if (integer(0, 19) == 0) x *= 0x1p70f;
  }
  return result;
}

float add(Numerics numerics, float a, float b, float c) {
  if (numerics == Numerics::fused) return std::fma(a, b, c);
  const volatile float product = a * b;
  return c + product;
}

bool same_bits(const Floats& a, const Floats& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = std::bit_cast<std::uint32_t>(a[i]), y = std::bit_cast<std::uint32_t>(b[i]);
    if (x != y && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  }
  return a.size() == b.size();
}

struct Layer {
  int in, out, rows, bias;
  Floats x, w, b, dy;

  Layer(int i, int o, int r, int with_bias)
      : in(i),
        out(o),
        rows(r),
        bias(with_bias),
        x(random_floats(r * i)),
        w(random_floats(i * o)),
        b(random_floats(o)),
        dy(random_floats(r * o)) {}

  [[nodiscard]] float at(const Floats& of, int row, int width, int column) const {
    return of[static_cast<std::size_t>(row * width + column)];
  }

  [[nodiscard]] Floats forward(Numerics numerics) const {
    Floats y;
    for (int r = 0; r < rows; ++r)
      for (int o = 0; o < out; ++o) {
        float sum = bias != 0 ? b[static_cast<std::size_t>(o)] : 0.0f;
        for (int i = 0; i < in; ++i) sum = add(numerics, at(x, r, in, i), at(w, i, out, o), sum);
        y.push_back(sum);
      }
    return y;
  }
  [[nodiscard]] Floats weight_gradient(Numerics numerics) const {
    Floats gradient;
    for (int i = 0; i < in; ++i)
      for (int o = 0; o < out; ++o) {
        float sum = -0.0f;
        for (int r = 0; r < rows; ++r) sum = add(numerics, at(x, r, in, i), at(dy, r, out, o), sum);
        gradient.push_back(sum);
      }
    return gradient;
  }
  [[nodiscard]] Floats input_gradient(Numerics numerics) const {
    Floats gradient;
    for (int r = 0; r < rows; ++r)
      for (int i = 0; i < in; ++i) {
        float sum = 0;
        for (int o = 0; o < out; ++o) sum = add(numerics, at(w, i, out, o), at(dy, r, out, o), sum);
        gradient.push_back(sum);
      }
    return gradient;
  }
};

/// Numbers as elements of these numerics.
template <Numerics numerics>
FloatOf<numerics>* typed(Floats& numbers) {
  return reinterpret_cast<FloatOf<numerics>*>(numbers.data());
}
template <Numerics numerics>
const FloatOf<numerics>* typed(const Floats& numbers) {
  return reinterpret_cast<const FloatOf<numerics>*>(numbers.data());
}

template <Numerics numerics>
void check(const Layer& layer) {
  const auto in = [](const Floats& numbers) { return typed<numerics>(numbers); };
  const DenseForward forward{layer.in, layer.out, 1, layer.bias, ActivationKind::linear};
  Floats y(static_cast<std::size_t>(layer.rows * layer.out));
  portable::dense_forward(forward, layer.rows, in(layer.x), in(layer.w), in(layer.b), typed<numerics>(y));
  CHECK(same_bits(y, layer.forward(numerics)));

  const DenseBackward backward{layer.in, layer.out, 1, layer.bias, 1, 1, ActivationKind::linear};
  Floats dx(layer.x.size()), dw(layer.w.size()), db(layer.b.size()),
      held(static_cast<std::size_t>(layer.rows));
  using Sink = GradientSink<FloatOf<numerics>>;
  portable::dense_backward(backward, Hyper{}, layer.rows, in(layer.dy), in(layer.x), in(layer.w),
                           typed<numerics>(dx), typed<numerics>(held), Sink(Rule::none, typed<numerics>(dw)),
                           Sink(Rule::none, typed<numerics>(db)));
  CHECK(same_bits(dw, layer.weight_gradient(numerics)));
  CHECK(same_bits(dx, layer.input_gradient(numerics)));
}

/// Weights and speeds, which gradient descent has none of.
struct Trained {
  Floats w, a;
};

/// One step of `rule`, gradient descent or momentum.
template <Numerics numerics>
Trained stepped(Rule rule, const Trained& before, const Floats& gradient, const Hyper& h) {
  Trained result = before;
  for (std::size_t i = 0; i < before.w.size(); ++i) {
    float& w = result.w[i];
    if (h.weight_decay != 0) w = add(numerics, -w, h.weight_decay, w);
    if (rule == Rule::sgd) {
      w = add(numerics, -h.rate, gradient[i], w);
    } else {
      const volatile float kept = h.momentum * before.a[i];
      w += result.a[i] = add(numerics, -h.rate, gradient[i], kept);
    }
  }
  return result;
}

/// The same pass with the update in it, where `dx` takes the place of `x`, if there is one.
template <Numerics numerics>
void check_step(Rule rule, const Layer& layer, bool decays, int input_gradient) {
  using T = FloatOf<numerics>;
  Hyper h{.rate = 0.375f};
  h.weight_decay = decays ? 0.125f : 0.0f;
  const DenseBackward backward{layer.in, layer.out, 1, layer.bias, input_gradient, 1, ActivationKind::linear};
  const Trained kernel{layer.w, random_floats(layer.in * layer.out)}, bias{layer.b, random_floats(layer.out)};
  Trained k = kernel, b = bias;
  Floats x = layer.x, held(static_cast<std::size_t>(layer.rows)), gradient_of_bias;
  for (int o = 0; o < layer.out; ++o) {
    float sum = 0;
    for (int r = 0; r < layer.rows; ++r) sum += layer.at(layer.dy, r, layer.out, o);
    gradient_of_bias.push_back(sum);
  }
  portable::dense_backward(backward, h, layer.rows, typed<numerics>(layer.dy), typed<numerics>(x),
                           typed<numerics>(k.w), typed<numerics>(x), typed<numerics>(held),
                           GradientSink<T>(rule, nullptr, typed<numerics>(k.w), typed<numerics>(k.a)),
                           GradientSink<T>(rule, nullptr, typed<numerics>(b.w), typed<numerics>(b.a)));
  const Trained right = stepped<numerics>(rule, kernel, layer.weight_gradient(numerics), h);
  CHECK(same_bits(k.w, right.w));
  CHECK(same_bits(k.a, right.a));
  CHECK(same_bits(x, input_gradient != 0 ? layer.input_gradient(numerics) : layer.x));
  if (layer.bias == 0) return;
  const Trained right_bias = stepped<numerics>(rule, bias, gradient_of_bias, h);
  CHECK(same_bits(b.w, right_bias.w));
  CHECK(same_bits(b.a, right_bias.a));
}

}  // namespace

TEST_CASE("dense kernels add products as their numerics say", "[fused]") {
  for (int trial = 0; trial < 150; ++trial) {
    const Layer layer(integer(1, 40), integer(1, 40), integer(1, 9), integer(0, 1));
    INFO(layer.in << " inputs, " << layer.out << " outputs, " << layer.rows << " rows");
    check<Numerics::separate>(layer);
    check<Numerics::fused>(layer);
  }
}

TEST_CASE("dense kernels step as their numerics say", "[fused]") {
  for (int trial = 0; trial < 300; ++trial) {
    const Layer layer(integer(1, 40), integer(1, 40), trial % 3 == 0 ? 1 : integer(1, 9), integer(0, 1));
    const Rule rule = trial % 2 == 0 ? Rule::sgd : Rule::momentum;
    const bool decays = integer(0, 3) == 0;
    const int input_gradient = integer(0, 1);
    INFO(layer.in << " inputs, " << layer.out << " outputs, " << layer.rows << " rows, rule " << trial % 2);
    check_step<Numerics::separate>(rule, layer, decays, input_gradient);
    check_step<Numerics::fused>(rule, layer, decays, input_gradient);
  }
}

TEST_CASE("dense kernels of no rows write nothing", "[fused]") {
  const Layer layer(3, 9, 0, 1);
  check<Numerics::fused>(layer);
}
