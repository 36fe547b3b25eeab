// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <tests/unit/error_of.hpp>

#include <algorithm>
#include <array>
#include <vector>

using namespace etch;

namespace {

inline constexpr auto net = sequential(Input{2}, Dense{4, relu}, Dense{3, softmax});

template <class Model>
std::vector<std::vector<float>> trained(Model model, const Dataset& data) {
  model.initialize(1);
  model.fit(data, {.epochs = 3, .silent = true});
  return model.get_weights();
}

}  // namespace

TEST_CASE("vectors, arrays and spans of each type of number are one data set", "[arrays]") {
  auto model = compile<net>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<4>);
  const std::array<std::uint8_t, 12> bytes{0, 51, 102, 153, 204, 255, 0, 51, 102, 153, 204, 255};
  std::vector<float> floats;
  for (const std::uint8_t b : bytes) floats.push_back(static_cast<float>(b) * (1.0f / 255.0f));
  const std::vector<std::int32_t> y{0, 1, 2, 2, 1, 0};
  const std::array<std::uint8_t, 6> y_bytes{0, 1, 2, 2, 1, 0};
  const std::int32_t y_plain[]{0, 1, 2, 2, 1, 0};
  const auto wanted = trained(model, {std::span<const float>(floats), std::span<const std::int32_t>(y)});
  CHECK(trained(model, {floats, y}) == wanted);
  CHECK(trained(model, {bytes, y_bytes}) == wanted);
  CHECK(trained(model, {std::span<float>(floats), y_plain}) == wanted);
  std::array<float, 12> array{};
  std::copy(floats.begin(), floats.end(), array.begin());
  CHECK(trained(model, {array, y}) == wanted);

  std::vector<float> a(18);
  std::array<float, 18> b{};
  model.predict(floats, a);
  model.predict(array, b);
  CHECK(std::equal(a.begin(), a.end(), b.begin()));
  const Evaluation result = model.evaluate({floats, y});
  CHECK(model.evaluate(bytes, y_bytes).loss == result.loss);
  model.initialize(1);
  model.fit(array, y, {.epochs = 3, .silent = true});
  CHECK(model.get_weights() == wanted);
  CHECK(result["accuracy"] == result.metric[0]);
  CHECK(result.get("loss") == result.loss);
}

TEST_CASE("a data set smaller than the batch trains", "[arrays]") {
  auto wide = compile<net, 1>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(), batch<32>);
  auto exact = compile<net, 2>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(), batch<3>);
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  const std::vector<std::int32_t> y{2, 0, 1};
  wide.fit({x, y}, {.epochs = 4, .silent = true});
  exact.fit({x, y}, {.epochs = 4, .silent = true});
  CHECK(wide.get_weights() == exact.get_weights());
  CHECK(wide.step() == 4);
}

TEST_CASE("a desktop keeps the results of as many epochs as there are", "[arrays]") {
  auto model = compile<net>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<4>);
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  const std::vector<std::int32_t> y{2, 0, 1};
  const History first = model.fit({x, y}, {.epochs = 2, .silent = true});
  const float loss = first.get("loss", 1);
  model.initialize(0);
  const History history = model.fit({x, y}, {.epochs = 2500, .silent = true});
  CHECK(history.epochs.size() == 2500);
  CHECK(history.get("loss", 1) == loss);
  CHECK(history.get("loss", 2499) < history.get("loss", 1023));
  CHECK_FALSE(error_of([&] { first.get("loss"); }).empty());
}

TEST_CASE("layers and weights are found by name, read, copied and set", "[arrays]") {
  auto model = compile<net, 3>(SGD{}, SparseCategoricalCrossentropy{});
  const auto layers = model.layers();
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].name == "input_layer");
  CHECK(layers[0].weights.size() == 0);
  CHECK(layers[2].name == "dense_1");
  CHECK(layers[2].kind == "Dense");
  CHECK(layers[2].input_shape == Shape{4});
  CHECK(layers[2].output_shape == Shape{3});
  REQUIRE(layers[2].weights.size() == 2);
  CHECK(layers[2].weights[0].name == "dense_1/kernel");
  CHECK(layers[2].weights[0].shape == Shape{4, 3});
  CHECK(layers[2].weights[1].size() == 3);

  auto weights = model.get_weights();
  REQUIRE(weights.size() == 4);
  weights[3] = {1, 2, 3};
  CHECK(model.get_layer("dense_1").weights[1][2] == 0);
  model.set_weights(weights);
  CHECK(model.get_layer("dense_1").weights[1][2] == 3);
  model.get_layer("dense").set_weights(
      std::vector<std::vector<float>>{std::vector<float>(8, 0.5f), {1, 2, 3, 4}});
  CHECK(model.get_weights()[0] == std::vector<float>(8, 0.5f));

  auto other = compile<net, 4>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(), batch<1>, 9);
  CHECK(other.get_weights() != model.get_weights());
  other.set_weights(model.weight_list());
  CHECK(other.get_weights() == model.get_weights());
  const std::vector<float> x{0.25f, -1};
  const auto a = model.predict(x), b = other.predict(x);
  CHECK(std::equal(a.begin(), a.end(), b.begin()));
}

TEST_CASE("weights and layers that do not fit are named", "[arrays]") {
  auto model = compile<net, 5>(SGD{}, SparseCategoricalCrossentropy{});
  auto weights = model.get_weights();
  const auto before = weights;
  weights[2].pop_back();
  CHECK(error_of([&] { model.set_weights(weights); }) ==
        "set_weights takes as many numbers as a weight has: array 2 has 11, and 'dense_1/kernel' has 12");
  weights.pop_back();
  CHECK(error_of([&] { model.set_weights(weights); }) ==
        "set_weights takes one array for each weight: there are 3 arrays and 4 weights");
  CHECK(model.get_weights() == before);
  CHECK(error_of([&] { model.get_layer("dense_2"); }) ==
        "get_layer: the model has no layer of that name: 'dense_2' was asked for, and there are input_layer, "
        "dense, "
        "dense_1");
  CHECK(error_of([&] { (void)model.get_layer("dense").weights[2]; }) ==
        "a weight of that number is not there: number 2 of 2");
}

inline constexpr auto twice = functional([](Builder& g) {
  Dense shared{.units = 3, .name = "shared"};
  return Add{}(shared(g.input({2})), shared(g.input({2})));
});

TEST_CASE("a layer that is called twice is one layer", "[arrays]") {
  auto model = compile<twice>(SGD{}, MeanSquaredError{});
  const auto layers = model.layers();
  CHECK(layers.size() == 4);  // two inputs, shared, add
  CHECK(model.get_layer("shared").weights.size() == 2);
}
