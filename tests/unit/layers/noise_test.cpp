// SPDX-License-Identifier: BSL-1.0
// Layers that change their input at random while training.
#include <cmath>
#include <codegen/testing/check_gradient.hpp>
#include <etch/layers/regularizers.hpp>
#include <runtime/kernels/portable/noise.hpp>
#include <set>

#include "layer_values.hpp"

namespace {

using namespace etch;
using kernels::Noise;
using kernels::NoiseKind;

std::vector<float> noise(const Noise& d, int rows, float x, std::uint32_t step = 0) {
  std::vector<float> in(static_cast<std::size_t>(rows * d.elements), x), out(in.size());
  kernels::noise<float>(d, {.rows = rows, .seed = 3, .step = step}, in.data(), out.data());
  return out;
}

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments(const std::vector<float>& x) {
  double sum = 0, square = 0;
  for (float v : x) sum += static_cast<double>(v);
  const double mean = sum / static_cast<double>(x.size());
  for (float v : x) square += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
  return {mean, std::sqrt(square / static_cast<double>(x.size()))};
}

}  // namespace

TEST_CASE("spatial dropout drops whole channels of a sample", "[noise]") {
  const Noise d{NoiseKind::spatial_dropout, 5 * 40, 40, 7, 0.25f};
  const auto y = noise(d, 10, 3);
  int dropped = 0;
  for (unsigned r = 0; r < 10; ++r)
    for (unsigned c = 0; c < 40; ++c) {
      const float first = y[r * 200 + c];
      CHECK((first == 0.0f || first == 4.0f));
      dropped += first == 0.0f;
      for (unsigned p = 0; p < 5; ++p)
        if (y[r * 200 + p * 40 + c] != first) FAIL("a channel is dropped in part");
    }
  CHECK(dropped > 60);
  CHECK(dropped < 140);
  CHECK(noise(d, 10, 3, 1) != y);
}

TEST_CASE("Gaussian noise has the mean and deviation that Keras gives it", "[noise]") {
  const Moments added = moments(noise({NoiseKind::gaussian_noise, 5000, 1, 0, 0.5f}, 4, 2));
  CHECK(added.mean == Approx(2).margin(0.02));
  CHECK(added.deviation == Approx(0.5).margin(0.02));
  const Moments scaled = moments(noise({NoiseKind::gaussian_dropout, 5000, 1, 0, 0.2f}, 4, 2));
  CHECK(scaled.mean == Approx(2).margin(0.04));
  CHECK(scaled.deviation == Approx(2 * std::sqrt(0.2 / 0.8)).margin(0.04));
}

TEST_CASE("alpha dropout keeps mean 0 and deviation 1", "[noise]") {
  const Noise d{NoiseKind::alpha_dropout, 20000, 1, 0, 0.3f};
  std::vector<float> x(20000), y(20000);
  for (std::uint32_t i = 0; i < x.size(); ++i) x[i] = random::normal({1, 99}, 0, 0, i);
  kernels::noise<float>(d, {.rows = 1, .seed = 3}, x.data(), y.data());
  const Moments m = moments(y);
  CHECK(m.mean == Approx(0).margin(0.03));
  CHECK(m.deviation == Approx(1).margin(0.03));
}

TEST_CASE("kinds of noise, nodes and steps draw apart", "[noise]") {
  std::set<float> draws;
  for (const int node : {1, 2})
    for (const std::uint32_t step : {0U, 1U})
      draws.insert(noise({NoiseKind::gaussian_noise, 1, 1, node, 1}, 1, 0, step)[0]);
  draws.insert(noise({NoiseKind::gaussian_dropout, 1, 1, 1, 0.5f}, 1, 1)[0] - 1);
  CHECK(draws.size() == 5);
}

TEST_CASE("prediction passes through layers of noise", "[noise]") {
  LayerValues net([](Builder& g) {
    Tensor x = GaussianNoise{1}(g.input({2, 3, 4}));
    x = SpatialDropout2D{}(GaussianDropout{}(AlphaDropout{}(x)));
    x = Reshape{{2, 3, 4}}(SpatialDropout1D{}(Reshape{{6, 4}}(x)));
    return ActivityRegularization{0.1f, 0.1f}(x);
  });
  std::vector<float> x(24);
  for (unsigned i = 0; i < 24; ++i) x[i] = 0.5f * static_cast<float>(i) - 4;
  CHECK(net({x}) == x);
}

TEST_CASE("gradients of layers of noise, with fixed seed and step", "[noise][gradient]") {
  const auto check = [](const char* what, const auto& define) {
    for (const int rows : {1, 3}) {
      INFO(what << ", rows " << rows);
      CHECK(check_gradient(define, {.rows = rows}) <= 1e-5);
    }
  };
  check("GaussianNoise", [](Builder& g) { return Dense{3}(GaussianNoise{0.3f}(g.input({7}))); });
  check("GaussianNoise last", [](Builder& g) { return GaussianNoise{0.3f}(Dense{3}(g.input({7}))); });
  check("GaussianDropout", [](Builder& g) { return Dense{3}(GaussianDropout{0.3f}(g.input({7}))); });
  check("AlphaDropout", [](Builder& g) { return Dense{3}(AlphaDropout{0.3f}(g.input({7}))); });
  check("SpatialDropout1D", [](Builder& g) { return SpatialDropout1D{0.4f}(g.input({4, 5})); });
  check("SpatialDropout2D", [](Builder& g) {
    return Dense{2}(Flatten{}(SpatialDropout2D{0.4f}(g.input({2, 3, 4}))));
  });
  check("two of one kind",
        [](Builder& g) { return GaussianDropout{0.3f}(Dense{5}(GaussianDropout{0.3f}(g.input({5})))); });
}

TEST_CASE("gradients of ActivityRegularization", "[noise][gradient]") {
  for (const int rows : {1, 3})
    CHECK(check_gradient(
              [](Builder& g) {
                return Dense{2}(ActivityRegularization{0.02f, 0.05f}(Dense{4}(g.input({3}))));
              },
              {.rows = rows}) <= 1e-5);
}
