// SPDX-License-Identifier: BSL-1.0
// Normalizations inside a sample, and with constants.
#include <cmath>
#include <codegen/testing/check_gradient.hpp>
#include <cstring>
#include <runtime/kernels/portable/batch_normalization.hpp>

#include "layer_values.hpp"

namespace {

using namespace etch;

/// (x - mean) / sqrt(variance + epsilon) over all of `x`, in double.
std::vector<double> standardized(const std::vector<double>& x, double epsilon) {
  double mean = 0, variance = 0;
  for (double v : x) mean += v / static_cast<double>(x.size());
  for (double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y;
  for (double v : x) y.push_back((v - mean) / std::sqrt(variance + epsilon));
  return y;
}

/// Predictions against the formula, channel by channel.
template <class T>
void compare_batch_norm(int channels, int rows, int positions, bool center, bool scale, bool in_place) {
  using namespace etch::kernels;
  const auto some = [&](int n, float from) {
    std::vector<T> all(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = T(from + std::sin(static_cast<float>(i) * 1.7f));
    return all;
  };
  const BatchNorm d{.channels = channels, .positions = positions, .center = center, .scale = scale};
  const int n = rows * positions;
  const std::vector<T> gamma = some(channels, 0.3f), beta = some(channels, 0), mean = some(channels, 0.1f);
  const std::vector<T> variance = some(channels, 1.5f);
  std::vector<T> x = some(n * channels, 0), y(x.size()), expected(x.size());
  for (int c = 0; c < channels; ++c)
    for (int r = c; r < n * channels; r += channels) {
      T factor = T(1) / math::sqrt(variance[static_cast<std::size_t>(c)] + T(d.epsilon));
      if (scale) factor *= gamma[static_cast<std::size_t>(c)];
      const T offset = multiply_subtract(mean[static_cast<std::size_t>(c)], factor,
                                         center ? beta[static_cast<std::size_t>(c)] : T(0));
      const auto at = static_cast<std::size_t>(r);
      expected[at] = multiply_add(x[at], factor, offset);
    }
  T* const to = in_place ? x.data() : y.data();
  batch_norm_forward<T>(d, rows, x.data(), gamma.data(), beta.data(), mean.data(), variance.data(), to);
  INFO(channels << " channels, " << n << " positions, in place " << in_place);
  CHECK(std::memcmp(to, expected.data(), expected.size() * sizeof(T)) == 0);
}

template <class Define>
void check(const char* what, const Define& define) {
  for (const int rows : {1, 3}) {
    INFO(what << ", rows " << rows);
    CHECK(check_gradient(define, {.rows = rows}) <= 1e-5);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("predictions of BatchNormalization are those of each channel", "[normalization]", float,
                   etch::kernels::FusedFloat) {
  for (const int channels : {1, 3, 16, 63, 64, 65, 130})
    for (const int rows : {1, 2, 5})
      for (const bool flag : {false, true}) {
        compare_batch_norm<TestType>(channels, rows, 1, flag, true, flag);
        compare_batch_norm<TestType>(channels, rows, 3, true, flag, !flag);
      }
}

TEST_CASE("LayerNormalization normalizes the last axes of each sample", "[normalization]") {
  LayerValues last([](Builder& g) { return LayerNormalization{}(g.input({2, 3})); });
  CHECK(last.parameters() == 2);
  CHECK(last.parameter(0) == std::vector<float>{1, 1, 1});
  CHECK(last.parameter(1) == std::vector<float>{0, 0, 0});
  last.set(0, {1, 2, 3});
  last.set(1, {0.5f, 0, -1});
  const auto a = standardized({1, 2, 4}, 1e-3), b = standardized({-1, 0, 10}, 1e-3);
  check_close(last({{1, 2, 4, -1, 0, 10}}),
              {a[0] + 0.5, 2 * a[1], 3 * a[2] - 1, b[0] + 0.5, 2 * b[1], 3 * b[2] - 1});

  LayerValues both([](Builder& g) { return LayerNormalization{{1, 2}, 1e-5f}(g.input({2, 3})); });
  CHECK(both.parameter(0).size() == 6);
  check_close(both({{1, 2, 4, -1, 0, 10}}), standardized({1, 2, 4, -1, 0, 10}, 1e-5));

  LayerValues plain([](Builder& g) { return LayerNormalization{-1, 1e-3f, false, false}(g.input({3})); });
  CHECK(plain.parameters() == 0);
  check_close(plain({{1, 2, 4}}), standardized({1, 2, 4}, 1e-3));
}

TEST_CASE("LayerNormalization of large equal numbers does not cancel", "[normalization]") {
  LayerValues norm([](Builder& g) { return LayerNormalization{}(g.input({4})); });
  check_close(norm({{10000, 10001, 10002, 10003}}), standardized({0, 1, 2, 3}, 1e-3), 1e-4);
  check_close(norm({{7, 7, 7, 7}}), {0, 0, 0, 0});
}

TEST_CASE("RMSNormalization divides by the root of the mean square", "[normalization]") {
  LayerValues norm([](Builder& g) { return RMSNormalization{}(g.input({2, 2})); });
  CHECK(norm.parameters() == 1);
  norm.set(0, {1, 0.5f});
  const double a = std::sqrt(12.5 + 1e-6), b = std::sqrt(0.5 + 1e-6);
  check_close(norm({{3, 4, 1, 0}}), {3 / a, 2 / a, 1 / b, 0});
}

TEST_CASE("GroupNormalization normalizes groups of channels over all positions", "[normalization]") {
  LayerValues norm([](Builder& g) { return GroupNormalization{2}(g.input({2, 4})); });
  norm.set(0, {1, 2, 3, 4});
  norm.set(1, {0, 0, 0, 1});
  const auto a = standardized({1, 2, 5, 6}, 1e-3), b = standardized({3, -4, 7, 8}, 1e-3);
  check_close(norm({{1, 2, 3, -4, 5, 6, 7, 8}}),
              {a[0], 2 * a[1], 3 * b[0], 4 * b[1] + 1, a[2], 2 * a[3], 3 * b[2], 4 * b[3] + 1});
  LayerValues instance([](Builder& g) { return GroupNormalization{-1}(g.input({3, 2})); });
  const auto c = standardized({1, 3, 8}, 1e-3), d = standardized({2, 4, 6}, 1e-3);
  check_close(instance({{1, 2, 3, 4, 8, 6}}), {c[0], d[0], c[1], d[1], c[2], d[2]});
  LayerValues wide([](Builder& g) { return GroupNormalization{}(g.input({1, 1, 64})); });
  CHECK(wide.parameter(0).size() == 64);
}

TEST_CASE("UnitNormalization gives vectors of length 1", "[normalization]") {
  LayerValues last([](Builder& g) { return UnitNormalization{}(g.input({2, 2})); });
  check_close(last({{3, 4, 0, 0}}), {0.6, 0.8, 0, 0});
  LayerValues first([](Builder& g) { return UnitNormalization{1}(g.input({2, 2})); });
  check_close(first({{3, 5, 4, 12}}), {0.6, 5.0 / 13, 0.8, 12.0 / 13});
}

TEST_CASE("Rescaling and Normalization take one number or one a channel", "[normalization]") {
  check_close(LayerValues([](Builder& g) {
                return Rescaling{1.0f / 255, -1}(g.input({3}));
              })({{0, 255, 51}}),
              {-1, 0, -0.8});
  check_close(LayerValues([](Builder& g) {
                return Rescaling{{2, 3}, 1}(g.input({2, 2}));
              })({{1, 1, 2, 2}}),
              {3, 4, 5, 7});
  check_close(LayerValues([](Builder& g) {
                return Normalization{5, 4}(g.input({3}));
              })({{5, 9, 1}}),
              {0, 2, -2});
  check_close(LayerValues([](Builder& g) {
                return Normalization{{1, 2}, {4, 0}}(g.input({2}));
              })({{5, 2}}),
              {2, 0});
  check_close(LayerValues([](Builder& g) {
                return Normalization{{1, 2}, {4, 9}, true}(g.input({2}));
              })({{2, -1}}),
              {5, -1});
  // More channels than one step holds.
  LayerValues many([](Builder& g) {
    Numbers mean{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    return Dense{1}(Reshape{{14}}(Normalization{mean, 4}(Reshape{{14}}(g.input({14})))));
  });
  many.set(0, {1, 10, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 1000});
  check_close(many({{2, 5, 0, 0, 0, 0, 0, 13, 0, 0, 0, 0, 0, 15}}), {1 + 20 + 300 + 1000});
}

TEST_CASE("gradients of normalizations", "[normalization][gradient]") {
  for (const bool center : {true, false})
    for (const bool scale : {true, false}) {
      check("layer", [=](Builder& g) {
        return LayerNormalization{-1, 1e-3f, center, scale}(g.input({2, 5}));
      });
      check("group", [=](Builder& g) {
        return GroupNormalization{2, 1e-3f, center, scale}(g.input({2, 2, 6}));
      });
    }
  check("layer over two axes", [](Builder& g) { return LayerNormalization{{2, 3}}(g.input({2, 3, 4})); });
  check("layer over all axes", [](Builder& g) { return LayerNormalization{{1, 2}}(g.input({2, 3})); });
  check("layer between", [](Builder& g) {
    return Dense{3}(LayerNormalization{}(Dense{6, ActivationKind::tanh}(g.input({4}))));
  });
  check("layer twice", [](Builder& g) {
    LayerNormalization norm{};
    return norm(Dense{4}(norm(g.input({4}))));
  });
  check("layer frozen",
        [](Builder& g) { return LayerNormalization{.trainable = false}(Dense{6}(g.input({4}))); });
  check("instance", [](Builder& g) { return GroupNormalization{-1}(g.input({4, 3})); });
  check("one group", [](Builder& g) { return GroupNormalization{1}(g.input({4, 3})); });
  check("root mean square", [](Builder& g) { return RMSNormalization{}(g.input({3, 4})); });
  check("root mean square over two axes", [](Builder& g) {
    return RMSNormalization{{-1, -2}}(Dense{.units = 4, .allow_axes = true}(g.input({3, 4})));
  });
  check("unit length", [](Builder& g) { return UnitNormalization{}(g.input({3, 4})); });
  check("unit length along the first axis", [](Builder& g) { return UnitNormalization{1}(g.input({3, 4})); });
  check("Rescaling", [](Builder& g) { return Rescaling{{2, 3, 4}, 1}(Dense{3}(g.input({3}))); });
  check("Normalization", [](Builder& g) {
    return Normalization{{2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7}}(g.input({2, 7}));
  });
}

TEST_CASE("BatchNormalization leaves masked steps out of its statistics", "[normalization]") {
  auto g = std::make_unique<Builder>(true);
  const auto model = functional([](Builder& b) {
    return BatchNormalization{.momentum = 0, .center = false}(Masking{-9}(b.input({2, 1})));
  });
  trace_at_run_time(model, *g);
  Interpreter<float> net(g->graph, 2, {.fuse = false});
  net.initialize(1);
  const auto train = [&](const std::vector<float>& x) {
    const float* const inputs[]{x.data()};
    const std::vector<float> zeros(4);
    net.backward(inputs, zeros.data(), {.rows = 2});
    return std::pair{net.parameter(1)[0], net.parameter(2)[0]};  // moving mean and variance
  };
  using Moments = std::pair<float, float>;
  CHECK(train({1, -9, -9, 3}) == Moments{2, 1});
  CHECK(train({5, 7, -9, -9}) == Moments{6, 1});
  CHECK(train({1, 2, 3, 6}) == Moments{3, 3.5f});
  CHECK(train({-9, 4, -9, -9}) == Moments{4, 0});
  CHECK(train({-9, -9, -9, -9}) == Moments{4, 0});  // nothing to learn from
  CHECK(net.gradient(0)[0] == 0.0f);
  // Prediction knows no mask: 5 is 1 from the mean.
  net.parameter(2)[0] = 1;
  const std::vector<float> x{5, -9, -9, -9};
  const float* const inputs[]{x.data()};
  CHECK(net.predict(inputs, 1)[0] == Approx(1 / std::sqrt(1.001f)));
}

TEST_CASE("TimeDistributed's BatchNormalization leaves masked steps out too", "[normalization]") {
  // What each is given and what it learns are those of the layer on the whole sequence.
  const auto moments = [](auto model, int parameters) {
    auto g = std::make_unique<Builder>(true);
    trace_at_run_time(model, *g);
    Interpreter<float> net(g->graph, 2, {.fuse = false});
    net.initialize(1);
    const std::vector<float> x{1, 2, -9, -9, 5, 8, -9, -9, 7, 2, 3, 4};
    const float* const inputs[]{x.data()};
    const std::vector<float> slope(12, 0.25f);
    net.backward(inputs, slope.data(), {.rows = 2});
    std::vector<float> found;
    for (int p = 0; p < parameters; ++p)
      for (int k = 0; k < static_cast<int>(net.parameter(p).size()); ++k)
        found.push_back(net.parameter(p)[k]);
    return found;
  };
  const auto whole = functional([](Builder& b) {
    return BatchNormalization{.momentum = 0, .center = false}(Masking{-9}(b.input({3, 2})));
  });
  const auto each = functional([](Builder& b) {
    return TimeDistributed{BatchNormalization{.momentum = 0, .center = false}}(Masking{-9}(b.input({3, 2})));
  });
  const std::vector<float> expected{1, 1, 4, 4, 5, 6};  // means and variances of 1 5 7 3 and of 2 8 2 4
  CHECK(moments(whole, 3) == expected);
  CHECK(moments(each, 3) == expected);
  // A block of axes of its own, whose rows a mask of the outer sequence leaves out.
  const auto nested = functional([](Builder& b) {
    const Tensor x = Masking{-9}(b.input({3, 2}));
    return TimeDistributed{[](const Tensor& step) {
      return Reshape{{2}}(
          TimeDistributed{BatchNormalization{.momentum = 0, .center = false}}(Reshape{{2, 1}}(step)));
    }}(x);
  });
  CHECK(moments(nested, 3) == std::vector<float>{1, 4, 5.5f});  // of all eight
}

TEST_CASE("gradients of BatchNormalization of masked steps", "[normalization][gradient]") {
  const auto masked = [](Builder& g) {
    return Masking{}(Dense{.units = 2, .activation = relu, .allow_axes = true}(g.input({5, 3})));
  };
  for (const bool center : {true, false})
    for (const bool scale : {true, false})
      check("masked", [=](Builder& g) {
        return Dense{2}(Flatten{}(BatchNormalization{0.9f, 1e-2f, center, scale}(masked(g))));
      });
  check("masked, frozen", [=](Builder& g) {
    return Dense{2}(Flatten{}(BatchNormalization{.epsilon = 1e-2f, .trainable = false}(masked(g))));
  });
  check("all masked", [](Builder& g) {
    const Tensor x = g.input({3, 2});
    return Dense{2}(Flatten{}(BatchNormalization{}(Masking{}(Subtract{}(x, x)))));
  });
  check("each step of a masked sequence", [=](Builder& g) {
    return Dense{2}(Flatten{}(TimeDistributed{BatchNormalization{.epsilon = 1e-2f}}(masked(g))));
  });
  check("an embedding's mask", [](Builder& g) {
    const Tensor ids = g.input({4});
    return GRU{.units = 2}(BatchNormalization{.epsilon = 1e-2f}(
        Embedding{.input_dim = 5, .output_dim = 3, .mask_zero = true}(ids)));
  });
}
