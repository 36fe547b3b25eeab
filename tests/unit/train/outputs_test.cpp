// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <cmath>
#include <codegen/testing/interpreter.hpp>
#include <cstring>
#include <etch/model/training/trainer.hpp>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace etch;
using Catch::Contains;

/// A digit of three, and whether the inputs' sum is positive, from one trunk.
inline constexpr auto heads = functional([](Builder& g) {
  const Tensor x = Dense{8, ActivationKind::tanh}(g.input({4}));
  return outputs(Dense{.units = 3, .activation = softmax, .name = "digit"}(x),
                 Dense{.units = 1, .activation = sigmoid, .name = "parity"}(x));
});

constexpr auto named = hana::make_tuple(output<"parity">(BinaryCrossentropy{}, 0.5f),
                                        output<"digit">(SparseCategoricalCrossentropy{}));
constexpr auto metrics = hana::make_tuple(output<"digit">(Accuracy{}), output<"parity">(Accuracy{}));
using Named =
    Trainer<heads, Adam,
            decltype(hana::make_tuple(output<"parity">(BinaryCrossentropy{}, 0.5f),
                                      output<"digit">(SparseCategoricalCrossentropy{}))),
            decltype(hana::make_tuple(output<"digit">(Accuracy{}), output<"parity">(Accuracy{}))), 8>;

struct Owned {
  std::unique_ptr<Named::Storage> storage = std::make_unique<Named::Storage>();
  Named model;
  explicit Owned(Adam optimizer = {}, std::uint32_t seed = 0)
      : model(*storage, optimizer, metrics, seed, named) {
    model.initialize(seed);
  }
  Named* operator->() { return &model; }
  std::vector<std::byte> bytes() { return {model.weights().begin(), model.weights().end()}; }
};

struct Samples4 {
  std::vector<float> x, parity;
  std::vector<std::int32_t> digit;
  explicit Samples4(int count) {
    for (int i = 0; i < count; ++i) {
      float sum = 0, best = -2;
      int which = 0;
      for (int k = 0; k < 4; ++k) {
        x.push_back(
            2 * random::uniform({1, 9}, 0, static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(i)) - 1);
        sum += x.back();
        if (k < 3 && x.back() > best) best = x.back(), which = k;
      }
      digit.push_back(which);
      parity.push_back(sum > 0 ? 1.0f : 0.0f);
    }
  }
  Dataset set() const {
    return {std::span<const float>(x),
            {Labels(std::span<const std::int32_t>(digit)), Labels(std::span<const float>(parity))}};
  }
};

TEST_CASE("names of what several outputs report", "[outputs]") {
  std::string names;
  for (const ResultName& each : Named::result_names) names += std::string(each.name()) + " ";
  CHECK(names == "loss digit_accuracy digit_loss parity_accuracy parity_loss ");
  CHECK(std::string(Named::result_names[2].val_name) == "val_digit_loss");
}

TEST_CASE("several outputs learn together; each loss is a mean, the whole their weighted sum", "[outputs]") {
  const Samples4 data(101);
  Owned model(Adam{.learning_rate = 0.02f});
  const Dataset set = data.set();
  std::vector<float> digit(303), parity(101);
  model->predict(data.x, digit, parity);
  double a = 0, b = 0;
  for (unsigned i = 0; i < 101; ++i) {
    a -= std::log(static_cast<double>(digit[3 * i + static_cast<unsigned>(data.digit[i])]));
    const double p = static_cast<double>(parity[i]);
    b -= data.parity[i] > 0 ? std::log(p) : std::log(1 - p);
  }
  const Evaluation before = model->evaluate(set);
  CHECK(static_cast<double>(before.output_loss[0]) == Approx(a / 101).epsilon(1e-5));
  CHECK(static_cast<double>(before.output_loss[1]) == Approx(b / 101).epsilon(1e-5));
  CHECK(static_cast<double>(before.loss) == Approx((a + 0.5 * b) / 101).epsilon(1e-5));

  const History history = model->fit(set, {.epochs = 30, .validation = &set, .silent = true});
  CHECK(history.get("digit_accuracy") > 0.9f);
  CHECK(history.get("val_parity_accuracy") > 0.9f);
  CHECK(history.get("digit_loss") == history.last().output_loss[0]);
  CHECK(history.get("val_loss", 0) == history.epochs[0].val_loss);
  CHECK(history.get("loss") ==
        Approx(history.get("digit_loss") + 0.5f * history.get("parity_loss")).epsilon(1e-5));
  CHECK_THROWS_WITH(history.get("accuracy"), Contains("no number of that name"));

  model->predict(data.x, digit, parity);
  const auto one = model->predict(std::span(data.x).first(4));
  CHECK(one.size() == 3);
  CHECK(one[2] == digit[2]);
  CHECK(model->output(1)[0] == parity[0]);
}

TEST_CASE("compiled code trains several outputs as the interpreter does, bit for bit", "[outputs]") {
  const Samples4 data(8);
  Owned model;
  Interpreter<float> other(training_declaration<heads>, 8, Named::Code::options);
  std::memcpy(other.weights().data(), model->weights().data(), model->weights().size());
  const float* const inputs[] = {data.x.data()};
  std::vector<float> weights{1, 2, 0, 1, 0.5f, 1, 3, 1};
  const void* const labels[] = {data.digit.data(), data.parity.data(), nullptr, weights.data()};
  Dataset batch = data.set();
  const std::vector<float> ones(8, 1.0f);
  batch.sample_weight = {std::span<const float>(ones), std::span<const float>(weights)};
  for (std::uint32_t step = 0; step < 5; ++step) {
    const float loss = model->train_on_batch(batch);
    const float sum = other.train(inputs, labels, {8, 0, step, Adam{}.at(step), model->loss_parameters()});
    CHECK(loss == sum / 8);
  }
  CHECK(std::memcmp(other.weights().data(), model->weights().data(), model->weights().size()) == 0);
}

TEST_CASE("losses and metrics in the order of the outputs are as named ones", "[outputs]") {
  const Samples4 data(40);
  auto plain = compile<heads>(
      Adam{}, hana::make_tuple(SparseCategoricalCrossentropy{}, BinaryCrossentropy{}),
      hana::make_tuple(Accuracy{}, hana::make_tuple(Accuracy{}, MeanAbsoluteErrorMetric{})), batch<8>);
  const History history = plain.fit(data.set(), {.epochs = 2, .silent = true});
  CHECK(history.get("loss") == Approx(history.get("digit_loss") + history.get("parity_loss")));
  CHECK(history.get("parity_mean_absolute_error") > 0);
  CHECK(history.last().metric[2] == history.get("parity_mean_absolute_error"));
}

TEST_CASE("labels of several outputs are checked", "[outputs]") {
  const Samples4 data(16);
  Owned model;
  const auto before = model.bytes();
  const auto fit = [&](const Dataset& set) { model->fit(set, {.silent = true}); };
  Dataset set = data.set();
  set.y[1] = {};
  CHECK_THROWS_WITH(fit(set), Contains("fewer labels than the model has outputs"));
  set = data.set();
  set.y[1] = std::span<const std::int32_t>(data.digit);
  CHECK_THROWS_WITH(fit(set), Contains("this loss takes targets as floats"));
  set = data.set();
  set.y[1] = std::span<const float>(data.parity).first(15);
  CHECK_THROWS_WITH(fit(set), Contains("do not belong together"));
  set = data.set();
  const std::vector<float> ones(16, 1.0f), fewer(15, 1.0f);
  set.sample_weight = {std::span<const float>(ones), std::span<const float>(fewer)};
  CHECK_THROWS_WITH(fit(set), Contains("sample_weight needs one number for each sample"));
  std::vector<float> digit(48), parity(15);
  CHECK_THROWS_WITH(model->predict(data.x, digit, parity), Contains("room for every sample"));
  CHECK(model.bytes() == before);
}

}  // namespace
