// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <tests/unit/error_of.hpp>

#include <limits>
#include <vector>

using namespace etch;

namespace {

inline constexpr auto net = sequential(Input{4}, Dense{8, relu}, Dense{3, softmax});

/// 20 samples of three classes.
struct Samples20 {
  std::vector<float> x = std::vector<float>(80, 0.5f);
  std::vector<std::int32_t> y = std::vector<std::int32_t>(20, 1);
};

auto make_model() {
  return compile<net>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<8>);
}

constexpr const char* belong =
    "the data set's inputs and labels do not belong together: inputs need one sample of the model's input "
    "shape "
    "for each label; ";

}  // namespace

TEST_CASE("data that do not fit are named with their counts and what the model wants", "[messages]") {
  auto model = make_model();
  Samples20 data;
  const auto fit = [&] { model.fit({data.x, data.y}, {.silent = true}); };
  data.y[13] = 3;
  CHECK(error_of(fit) ==
        "a label is out of range: labels are class indices from 0 to the number of outputs less one: sample "
        "13 has "
        "the label 3 for output 0, whose classes are 0 to 2");
  data.y[13] = -7;
  CHECK(error_of(fit) ==
        "a label is out of range: labels are class indices from 0 to the number of outputs less one: sample "
        "13 has "
        "the label -7 for output 0, whose classes are 0 to 2");
  data.y[13] = 1;
  data.x.pop_back();
  CHECK(error_of(fit) ==
        std::string(belong) +
            "input 0 has 79 numbers and takes 4 a sample, and there are labels of 20 samples");
  CHECK(
      error_of([&] { model.predict(data.x); }) ==
      "predict needs one sample of the model's input shape: there are 79 numbers, and a sample takes 4. Many "
      "samples need room for their results: predict(x, results)");
  std::vector<float> out(3);
  CHECK(error_of([&] { model.predict(data.x, out); }) ==
        "predict needs whole samples of the model's input shape: there are 79 numbers, and a sample takes 4");
  data.x.push_back(0);
  CHECK(error_of([&] { model.predict(data.x, out); }) ==
        "predict needs room for every sample's output: output 0 has room for 3 numbers, and 20 samples take "
        "60");
  const std::vector<float> weights(19, 1.0f);
  CHECK(error_of([&] {
          model.fit({data.x, data.y, std::span<const float>(weights)}, {.silent = true});
        }) == "sample_weight needs one number for each sample: it has 19, and there are 20 samples");
  CHECK(
      error_of([&] {
        model.train_on_batch({data.x, data.y});
      }) ==
      "the batch is larger than the one the model was compiled for: 20 samples, and the model's batch is 8");
}

TEST_CASE("targets that do not fit are named with what the output takes", "[messages]") {
  auto model = compile<net>(Adam{}, CategoricalCrossentropy{}, hana::make_tuple(), batch<8>);
  const Samples20 data;
  const std::vector<float> targets(59);
  CHECK(error_of([&] {
          model.fit({data.x, targets}, {.silent = true});
        }) == std::string(belong) + "output 0 has 59 numbers as labels and takes 3 a sample");
}

TEST_CASE("a number that is not there is an error with those that are", "[messages]") {
  auto model = make_model();
  Samples20 data;
  const History history = model.fit({data.x, data.y}, {.silent = true});
  CHECK(
      error_of([&] { history.get("val_accuracy2"); }) ==
      "the history has no number of that name: 'val_accuracy2' was asked for, and there are accuracy, loss");
  CHECK(error_of([&] { history.get("loss", 1); }) ==
        "the history has fewer epochs: epoch 1, counted from 0, was asked for, of 1");
  CHECK(error_of([&] {
          model.evaluate({data.x, data.y}).get("auc");
        }) == "the evaluation has no number of that name: 'auc' was asked for, and there are accuracy, loss");
  LambdaCallback asks{.on_epoch_end = [](int, Logs& logs) { (void)logs["acc"]; }};
  CHECK(error_of([&] {
          model.fit({data.x, data.y}, {.silent = true}, asks);
        }) ==
        "logs: there is no number of that name in them: 'acc' was asked for, and there are accuracy, loss");
}

TEST_CASE("a monitor that nothing reports is named, also where validation would report it", "[messages]") {
  auto model = make_model();
  Samples20 data;
  const auto fit = [&](const char* monitor, float split) {
    model.fit({data.x, data.y}, {.epochs = 2, .validation_split = split, .silent = true},
              EarlyStopping{.monitor = monitor, .mode = Mode::max});
  };
  CHECK(error_of([&] { fit("acc", 0); }) ==
        "a callback watches a number that fit does not report: see its monitor: 'acc' was asked for, and "
        "there are "
        "accuracy, loss");
  CHECK(error_of([&] { fit("val_acc", 0.5f); }) ==
        "a callback watches a number that fit does not report: see its monitor: 'val_acc' was asked for, and "
        "there "
        "are accuracy, loss, val_accuracy, val_loss");
  CHECK(error_of([&] { fit("val_acc", 0); }) ==
        "a callback watches a number of validation: give fit validation data, or watch \"loss\"; .monitor is "
        "\"val_acc\"");
  CHECK(error_of([&] { fit("val_accuracy", 0.5f); }).empty());
}

TEST_CASE("a loss that is not a number is named with its epoch and batch", "[messages]") {
  auto model = make_model();
  Samples20 data;
  data.x[4 * 17] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of([&] {
          model.fit({data.x, data.y}, {.shuffle = false, .silent = true});
        }) ==
        "the loss is not a number: look for NaN in the data, lower the learning rate or scale the inputs; "
        "this is "
        "batch 2 of epoch 0, both counted from 0");
}

TEST_CASE("a learning rate below 0 is an error where it is given", "[messages]") {
  const std::string wrong = "learning_rate is a finite number of at least 0";
  volatile float rate = -1;
  CHECK(error_of([&] { (void)Adam{.learning_rate = rate}; }) == wrong);
  CHECK(error_of([&] { make_model().learning_rate(rate); }) == wrong);
  rate = std::numeric_limits<float>::infinity();
  CHECK(error_of([&] { (void)SGDMomentum{.learning_rate = rate}; }) == wrong);
  rate = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of([&] { (void)Lion{.learning_rate = rate}; }) == wrong);
  rate = 0;
  CHECK(error_of([&] { (void)Adam{.learning_rate = rate}; }).empty());
}

TEST_CASE("the parts of a user's own training step stand in their order", "[messages]") {
  using Own = Trainer<net, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 8, false>;
  static Own::Storage storage;
  Own model(storage, Adam{});
  const std::string loss_first =
      "backward needs the gradient that loss makes: call forward, then loss, before it";
  CHECK(error_of([&] { model.loss(8); }) == "loss needs the results of forward: call forward first");
  model.forward(8);
  CHECK(error_of([&] { model.backward(8); }) == loss_first);
  model.loss(8);
  std::vector<float> x(4);
  model.predict(x);  // in the same memory
  CHECK(error_of([&] { model.backward(8); }) == loss_first);
  model.forward(8);
  model.loss(8);
  CHECK(error_of([&] { model.apply_gradients(); }) ==
        "apply_gradients needs the gradients of backward: call forward, loss and backward before it");
  model.backward(8);
  model.apply_gradients();
  CHECK(model.step() == 1);
  CHECK_FALSE(error_of([&] { model.apply_gradients(); }).empty());
}
