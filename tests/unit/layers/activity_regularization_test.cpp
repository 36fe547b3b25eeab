// SPDX-License-Identifier: BSL-1.0
// Penalties of layers' results in evaluation: what training adds to the loss, evaluation adds too.
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/layers/regularizers.hpp>
#include <etch/model/training/trainer.hpp>
#include <memory>
#include <vector>

namespace activity_regularization_test {

using namespace etch;

constexpr int batch = 4;
inline constexpr auto one = sequential(Input{3}, Dense{2}, ActivityRegularization{0.1f, 0.2f});
inline constexpr auto two =
    sequential(Input{3}, Dense{4}, ActivityRegularization{0.02f, 0.05f}, ReLU{},
               Dense{.units = 2, .activity_regularizer = L1L2{0.03f, 0.4f}}, ActivityRegularization{0.3f});

template <const auto& Net>
struct Owned {
  using Model = Trainer<Net, SGD, MeanSquaredError, hana::tuple<>, batch, false>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model{*storage, SGD{}};
  std::vector<float> x, y;

  explicit Owned(int samples) {
    model.initialize(7);
    for (int i = 0; i < 3 * samples; ++i) x.push_back(std::sin(1.7f * static_cast<float>(i)));
    for (int i = 0; i < 2 * samples; ++i) y.push_back(std::cos(0.9f * static_cast<float>(i)));
  }
  float evaluated() {
    return model.evaluate(Dataset(std::span<const float>(x), std::span<const float>(y))).loss;
  }
};

TEST_CASE("evaluation adds the penalty of a result, batch by batch", "[regularizer]") {
  Owned<one> net(6);  // one whole batch, and a part of one
  std::vector<float> p(net.y.size());
  net.model.predict(net.x, p);
  double expected = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double found = static_cast<double>(p[i]), error = found - static_cast<double>(net.y[i]);
    expected += error * error / 2 + 0.1 * std::abs(found) + 0.2 * found * found;
  }
  CHECK(static_cast<double>(net.evaluated()) == Approx(expected / 6).epsilon(1e-5));
}

TEST_CASE("several penalties add up to what training has", "[regularizer]") {
  Owned<two> net(batch);
  std::ranges::copy(net.x, net.model.input().begin());
  std::ranges::copy(net.y, static_cast<float*>(net.model.labels()));
  net.model.forward(batch);
  const float trained = net.model.loss(batch);
  CHECK(net.evaluated() == Approx(trained).epsilon(1e-6));
}

// Other models' evaluation has no step or output more.
inline constexpr auto plain = sequential(Input{3}, Dense{2});
static_assert(evaluation_graph<plain> == prediction_graph<plain>);
static_assert(prediction_graph<one>.steps.count == 1 && evaluation_graph<one>.steps.count == 2);

}  // namespace activity_regularization_test
