// SPDX-License-Identifier: BSL-1.0
// Training of chosen output channels: they step as where all train, the others keep their bits, and gradients
// and optimizer have the size of what is chosen.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/state.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/training/channel_contributions.hpp>
#include <tests/unit/passes/partial_training.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto images =
    sequential(Input{7, 7, 3}, Conv2D{.filters = 21, .kernel_size = 3, .activation = relu},
               Conv2D{.filters = 40, .kernel_size = 1, .activation = relu},
               Conv2D{.filters = 5, .kernel_size = 2, .strides = 2, .use_bias = false}, Flatten{},
               Dense{35, relu}, Dense{3}, Softmax{});

inline constexpr std::int16_t three[]{0, 7, 20}, last[]{39}, all_five[]{0, 1, 2, 3, 4};
inline constexpr std::int16_t nineteen[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 30, 31, 33, 34};
inline constexpr ChosenChannels conv2d{"conv2d", three}, conv2d_1{"conv2d_1", last},
    conv2d_2{"conv2d_2", all_five}, dense{"dense", nineteen}, head{"dense_1"};
inline constexpr auto some = train_only(chosen_channels(conv2d, conv2d_1, conv2d_2, dense, head), images);

/// Whether the channels that train have the numbers of `all`, and the others those of `before`.
void check_channels(Interpreter<float>& trainer, Interpreter<float>& all, Interpreter<float>& before) {
  for (int p = 0; p < trainer.parameters(); ++p) {
    const Parameter& parameter = trainer.training_program().graph.parameters[p];
    const int channels = parameter.shape.last();
    const auto is = trainer.parameter(p), trained = all.parameter(p), kept = before.parameter(p);
    std::vector<bool> chosen(static_cast<std::size_t>(channels), parameter.chosen == nullptr);
    for (int k = 0; parameter.chosen && k < parameter.chosen->count; ++k)
      chosen[static_cast<std::size_t>(parameter.chosen->channel[k])] = true;
    for (std::size_t i = 0; i < is.size(); ++i)
      if (is[i] != (chosen[i % chosen.size()] ? trained[i] : kept[i])) {
        CAPTURE(p, i);
        CHECK(is[i] == (chosen[i % chosen.size()] ? trained[i] : kept[i]));
        return;
      }
    CHECK_FALSE(std::ranges::equal(is, kept));
  }
}

template <class Some, class Whole>
void check_step(const Some& part, const Whole& whole, const TrainingOptions& options) {
  Interpreter<float> trainer = trainer_of(part, options), all = trainer_of(whole, options),
                     before = trainer_of(whole, options);
  train_once(trainer, 147);
  train_once(all, 147);
  check_channels(trainer, all, before);
  if (slots_of(options) > 0) CHECK(trainer.optimizer_state().size() < all.optimizer_state().size());
}

inline constexpr auto penalized = sequential(
    Input{7, 7, 3}, Flatten{},
    Dense{.units = 35, .activation = relu, .kernel_regularizer = L2{0.01f}, .bias_regularizer = L1{0.1f}},
    Dense{3}, Softmax{});

TEST_CASE("chosen channels step as among all of them, and the others do not move") {
  for (const bool fuse : {true, false})
    for (const kernels::Rule rule : {kernels::Rule::sgd, kernels::Rule::momentum, kernels::Rule::adam})
      for (const kernels::Clip clip : {kernels::Clip::none, kernels::Clip::value}) {
        CAPTURE(fuse, rule, clip);
        const TrainingOptions options{.losses = {{{LossKind::sparse_categorical_crossentropy}}},
                                      .rule = rule,
                                      .fuse = fuse,
                                      .clip = clip};
        check_step(some, images, options);
        check_step(train_only(chosen_channels(dense, head), penalized), penalized, options);
      }
}

TEST_CASE("chosen channels have the gradients that differences of the loss have") {
  CHECK(check_gradient(some) < 1e-5);
  CHECK(check_gradient(train_only(chosen_channels(conv2d), images)) < 1e-5);
  // A layer that is called twice, and the bias alone.
  const auto twice = functional([](Builder& g) {
    Tensor x = g.input({5});
    Dense layer{.units = 5, .activation = sigmoid};
    return layer(layer(x));
  });
  static constexpr std::int16_t two[]{1, 4};
  static constexpr ChosenChannels shared{"dense", two};
  CHECK(check_gradient(train_only(chosen_channels(shared), twice)) < 1e-5);
  CHECK(check_gradient(train_only(chosen_channels(shared), train_only(biases, twice))) < 1e-5);
}

template <const auto& Declared>
using CodeOf = typename Trainer<Declared, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 4>::Code;

// One channel of 40 of a convolution of one place has its share of products, gradient and state.
inline constexpr auto one_of_forty = train_only(chosen_channels(conv2d_1), images);
static_assert(numbers<one_of_forty>().trainable == 21 + 1);
static_assert(CodeOf<one_of_forty>::memory.optimizer <= 2 * 4 * (21 + 1) + 16);
static_assert(structure_hash(graph<one_of_forty>) != structure_hash(graph<images>));

TEST_CASE("contributions of channels are the squares of their gradients") {
  using Whole = Trainer<penalized, SGD, SparseCategoricalCrossentropy, hana::tuple<>, 2, false>;
  const auto storage = std::make_unique<Whole::Storage>();
  Whole trainer(*storage, SGD{});
  trainer.initialize(1);
  for (std::uint32_t i = 0; i < 294; ++i) trainer.input()[i] = random::uniform({1, 2}, 0, 0, i);
  static_cast<std::int32_t*>(trainer.labels())[0] = 2;
  const std::vector<double> sums = host::channel_contributions(trainer, "dense_1/kernel", 2);
  REQUIRE(sums.size() == 3);
  double all = 0, gradients = 0;
  for (const double sum : sums) all += sum;
  CHECK(sums[2] > 0);
  for (const float g : trainer.gradients()) gradients += double{g} * double{g};
  CHECK(all < gradients);
  for (const double sum : host::channel_contributions(trainer, "dense/kernel", 2)) all += sum;
  for (const double sum : host::channel_contributions(trainer, "dense/bias", 2)) all += sum;
  for (const double sum : host::channel_contributions(trainer, "dense_1/bias", 2)) all += sum;
  CHECK(all == Approx(gradients));
  CHECK_THROWS_AS(host::channel_contributions(trainer, "dense_2/kernel", 2), Error);
}

TEST_CASE("states of chosen channels have their shapes") {
  using Trained = Trainer<one_of_forty, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 4>;
  const auto storage = std::make_unique<Trained::Storage>();
  Trained trainer(*storage, Adam{});
  trainer.initialize(1);
  const TrainingState state(trainer);
  int slots = 0;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const TensorEntry entry = state[i];
    if (!entry.name.starts_with("optimizer/")) continue;
    ++slots;
    CHECK(entry.shape.back() == 1);
    CHECK(entry.data.size() == 4 * (entry.shape.size() > 1 ? 21U : 1U));
    CHECK(entry.data.data() >= reinterpret_cast<const std::byte*>(storage->optimizer.data()));
  }
  CHECK(slots == 4);
}

TEST_CASE("channels that cannot be chosen are named") {
  static constexpr std::int16_t falling[]{3, 1}, double_one[]{1, 1}, negative[]{-1}, beyond[]{21};
  static constexpr ChosenChannels wrong[]{
      {"conv2d", falling}, {"conv2d", double_one}, {"conv2d", negative}, {"conv2d", beyond}};
  for (const ChosenChannels& chosen : wrong)
    CHECK(sentence_of(train_only(chosen_channels(chosen), images))
              .starts_with("chosen channels are in ascending"));
  static constexpr ChosenChannels nowhere{"conv2d_7", three}, part{"onv2d", three}, empty{"", three};
  for (const ChosenChannels* chosen : {&nowhere, &part, &empty})
    CHECK(sentence_of(train_only(chosen_channels(*chosen), images))
              .starts_with("no layer that trains has the name"));
  CHECK(sentence_of(train_only(chosen_channels(conv2d, conv2d), images))
            .starts_with("a layer's channels are chosen twice"));
  static constexpr ChosenChannels depthwise{"depthwise_conv2d", three}, norm{"batch_normalization", three};
  const auto others = sequential(Input{5, 5, 21}, DepthwiseConv2D{.kernel_size = 2}, BatchNormalization{});
  CHECK(sentence_of(train_only(chosen_channels(depthwise), others))
            .starts_with("channels are chosen of dense"));
  CHECK(sentence_of(train_only(chosen_channels(norm), others)).starts_with("channels are chosen of dense"));
  const auto bound = sequential(Input{5}, Dense{.units = 40, .kernel_constraint = MaxNorm{}});
  CHECK(sentence_of(train_only(chosen_channels(dense), bound))
            .starts_with("a weight with a constraint trains whole"));
}

}  // namespace
