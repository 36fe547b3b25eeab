// SPDX-License-Identifier: BSL-1.0
// Models as they ship: compiled, with batch normalization folded into them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <codegen/testing/interpreter.hpp>
#include <cstring>
#include <etch/model/program/deploy.hpp>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto net = functional([](Builder& g) {
  Tensor x = Conv2D{.filters = 5, .kernel_size = 3, .strides = 2, .padding = same}(g.input({6, 7, 2}));
  x = activate(BatchNormalization{}(x), relu);
  x = BatchNormalization{}(DepthwiseConv2D{.kernel_size = 2, .depth_multiplier = 2, .use_bias = false}(x));
  x = BatchNormalization{}(SeparableConv2D{.filters = 3, .kernel_size = 3, .padding = same}(x));
  x = BatchNormalization{}(Conv2D{4, 1}(x));
  return BatchNormalization{}(Conv2DTranspose{3, {2, 3}, 2}(x));
});
using Shipped = Deployment<net>;

/// Batch normalization and functions leave no step: separable convolutions are two.
static_assert(Shipped::graph_.steps.count == 6);
static_assert(Shipped::graph_.parameters.count == 11);

inline constexpr auto layers =
    sequential(Input{37}, Dense{300}, BatchNormalization{}, ReLU{}, Dense{5}, Softmax{});
inline constexpr auto fused_layers = with_numerics(Numerics::fused, layers);

double number(int i) { return 0.1 + 0.4 * std::sin(1.0 + i); }

/// Each number of samples against one after another, by weights that are anything but variances below 0.
template <const auto& Net, int Rows>
void check_batches() {
  using One = Deployment<Net>;
  using Batch = BatchDeployment<Net, Rows>;
  constexpr auto in_size = static_cast<std::size_t>(graph<Net>.values[graph<Net>.inputs[0]].elements);
  constexpr auto out_size = static_cast<std::size_t>(graph<Net>.output_shapes[0].size());
  std::vector<float> weights(One::weight_bytes / sizeof(float)), x(in_size * Rows);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<float>(number(static_cast<int>(i)));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(number(static_cast<int>(i) + 9000));
  const auto* const shipped = reinterpret_cast<const std::byte*>(weights.data());
  std::vector<std::byte> arena(std::max(One::arena_bytes, Batch::arena_bytes));
  std::vector<float> expected(out_size * Rows);
  for (std::size_t r = 0; r < Rows; ++r) {
    const void* const in[]{x.data() + r * in_size};
    void* const out[]{expected.data() + r * out_size};
    One::predict(shipped, arena.data(), in, out);
  }
  const void* const in[]{x.data()};
  for (const int rows : {1, Rows / 2, Rows}) {
    const std::size_t numbers = out_size * static_cast<std::size_t>(rows);
    std::vector<float> y(expected.size(), 77.0f);
    void* const out[]{y.data()};
    Batch::predict(shipped, arena.data(), in, out, rows);
    CHECK(std::memcmp(y.data(), expected.data(), numbers * sizeof(float)) == 0);
    CHECK(std::all_of(y.begin() + static_cast<std::ptrdiff_t>(numbers), y.end(),
                      [](float v) { return v == 77.0f; }));
  }
  void* const out[]{expected.data()};
  for (const int rows : {-1, 0, Rows + 1}) CHECK_THROWS(Batch::predict(shipped, arena.data(), in, out, rows));
}

}  // namespace

TEST_CASE("a deployed model predicts many samples as it does one") {
  check_batches<net, 3>();
  check_batches<layers, 20>();
  check_batches<fused_layers, 20>();
}

TEST_CASE("folded convolutions predict what the trained ones do") {
  Interpreter<float> trained(graph<net>, 1, {});
  std::vector<std::byte> source(static_cast<std::size_t>(Shipped::source.weight_bytes));
  std::vector<std::byte> weights(static_cast<std::size_t>(Shipped::weight_bytes));
  std::vector<std::byte> arena(static_cast<std::size_t>(Shipped::arena_bytes));
  int seen = 0;
  for (int p = 0; p < trained.parameters(); ++p) {
    auto values = trained.parameter(p);
    for (float& w : values) w = static_cast<float>(number(++seen));
    if (graph<net>.parameters[p].role_name == 3)  // variances of normalizations
      for (float& w : values) w = std::abs(w) + 0.5f;
    std::memcpy(source.data() + Shipped::source.offset[p], values.data(), values.size_bytes());
  }
  fold_weights<net>(source, weights);
  std::vector<float> x(6 * 7 * 2), y(static_cast<std::size_t>(graph<net>.output_shapes[0].size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(number(static_cast<int>(i) + 9000));
  const float* const inputs[]{x.data()};
  const auto expected = trained.predict(inputs, 1);
  const void* const in[]{x.data()};
  void* const out[]{y.data()};
  Shipped::predict(weights.data(), arena.data(), in, out);
  REQUIRE(expected.size() == y.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    CHECK(std::abs(y[i] - expected[i]) <= 1e-5f * (1 + std::abs(expected[i])));
  }
}
