// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <etch/etch.hpp>
#include <etch/model/training/training_slices.hpp>
#include <limits>
#include <memory>
#include <runtime/host/error.hpp>
#include <string>
#include <vector>

// Training steps in slices, and checks of what stands in a trainer's memory.
namespace {

using namespace etch;

inline constexpr auto plain =
    sequential(Input{3}, Dense{8}, BatchNormalization{}, ReLU{}, Dropout{0.25f}, Dense{3, softmax});
/// More steps than run without a table.
inline constexpr auto deep = functional([](Builder& g) {
  Tensor x = g.input({3});
  for (int i = 0; i < 12; ++i) x = Add{}(x, LeakyReLU{}(Dense{3}(x)));
  return Dense{3, softmax}(x);
});
template <const auto& Declared, class Optimizer = Adam>
struct Owned {
  using Model = Trainer<Declared, Optimizer, SparseCategoricalCrossentropy, hana::tuple<Accuracy>, 4>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model;
  Owned() : model(*storage, Optimizer{}, {}, 7) { model.initialize(7); }
  Model* operator->() { return &model; }
  void load(std::uint32_t step) {
    for (std::uint32_t i = 0; i < 12; ++i) model.input()[i] = random::uniform({4, 5}, step, 0, i) - 0.5f;
    for (std::uint32_t i = 0; i < 4; ++i)
      label(static_cast<int>(i)) = static_cast<std::int32_t>((i + step) % 3);
  }
  std::int32_t& label(int i) { return static_cast<std::int32_t*>(model.labels())[i]; }
  std::vector<std::byte> bytes() {
    std::vector<std::byte> all(model.weights().begin(), model.weights().end());
    all.insert(all.end(), model.optimizer_state().begin(), model.optimizer_state().end());
    return all;
  }
};

template <const auto& Declared>
void check_slices() {
  Owned<Declared> at_once, sliced;
  TrainingSlices slices(sliced.model);
  CHECK(slices.run() == Slice::wrong);
  CHECK(std::string(slices.fault()).find("begun") != std::string::npos);
  const float weights[] = {1, 0.5f, 2};
  for (std::uint32_t step = 0; step < 20; ++step) {
    const int rows = step % 2 == 0 ? 4 : 3;
    const auto sample_weight = step % 4 == 1 ? std::span<const float>(weights) : std::span<const float>();
    at_once.load(step);
    sliced.load(step);
    const float loss = at_once->train_on_batch(rows, sample_weight);
    slices.begin(rows, sample_weight);
    const auto before = sliced.bytes();
    int count = 1;  // the last, which is done
    while (slices.run() == Slice::more) {
      ++count;
      // Whatever has moved, no state of it is kept.
      REQUIRE((sliced.bytes() == before || !sliced->between_steps()));
    }
    CHECK(sliced->between_steps());
    CHECK(count == decltype(sliced)::Model::Code::steps);
    CHECK_FALSE(slices.running());
    CHECK(slices.loss() == loss);
    CHECK(sliced->step() == at_once->step());
    REQUIRE(sliced.bytes() == at_once.bytes());
  }
  float metric[2][max_metrics];
  at_once->metric_results(metric[0]);
  sliced->metric_results(metric[1]);
  CHECK(metric[0][0] == metric[1][0]);
}

/// Two outputs, penalties of weights and results, averaged weights, and gradients that gather and are
/// clipped.
inline constexpr auto heads = functional([](Builder& g) {
  const Tensor x = Dense{.units = 6, .activation = relu, .kernel_regularizer = L2{0.01f}}(g.input({3}));
  const Tensor y = ActivityRegularization{.l2 = 0.01f}(x);
  return outputs(Dense{3, softmax}(y), Dense{1}(y));
});
template <class Optimizer>
void check_heads() {
  using Losses = hana::tuple<SparseCategoricalCrossentropy, MeanSquaredError>;
  using Model = Trainer<heads, Optimizer, Losses, hana::tuple<>, 4>;
  auto storage = std::make_unique<std::array<typename Model::Storage, 2>>();
  Model at_once((*storage)[0], {}, {}, 3), sliced((*storage)[1], {}, {}, 3);
  for (std::uint32_t step = 0; step < 12; ++step) {
    for (Model* model : {&at_once, &sliced}) {
      for (std::uint32_t i = 0; i < 12; ++i) model->input()[i] = random::uniform({4, 5}, step, 0, i) - 0.5f;
      for (std::uint32_t i = 0; i < 4; ++i) {
        static_cast<std::int32_t*>(model->labels(0))[i] = static_cast<std::int32_t>((i + step) % 3);
        static_cast<float*>(model->labels(1))[i] = model->input()[3 * i];
      }
    }
    const float loss = at_once.train_on_batch(4);
    TrainingSlices slices(sliced);
    slices.begin(4);
    const std::vector<std::byte> before(sliced.weights().begin(), sliced.weights().end()),
        state(sliced.optimizer_state().begin(), sliced.optimizer_state().end());
    while (slices.run() == Slice::more)
      REQUIRE(((std::ranges::equal(before, sliced.weights()) &&
                std::ranges::equal(state, sliced.optimizer_state())) ||
               !sliced.between_steps()));
    CHECK(sliced.between_steps());
    CHECK(slices.loss() == loss);
    REQUIRE(std::memcmp(at_once.weights().data(), sliced.weights().data(), at_once.weights().size()) == 0);
    REQUIRE(std::memcmp(at_once.optimizer_state().data(), sliced.optimizer_state().data(),
                        at_once.optimizer_state().size()) == 0);
  }
}

TEST_CASE("slices of outputs, penalties and optimizers around others have the bits of one step", "[device]") {
  check_heads<ExponentialMovingAverage<Adam>>();
  check_heads<GradientAccumulation<ClipByGlobalNorm<SGDMomentum>, 3>>();
}

TEST_CASE("a training step in slices has the bits of one in one go", "[device]") {
  check_slices<plain>();
  static_assert(Owned<deep>::Model::Code::steps > 64);
  check_slices<deep>();
}

TEST_CASE("a prediction between two slices ends the training step", "[device]") {
  Owned<plain> model;
  TrainingSlices slices(model.model);
  const float x[] = {1, 2, 3};
  for (int before : {0, 2, decltype(model)::Model::Code::steps - 1}) {
    model.load(0);
    slices.begin(4);
    for (int i = 0; i < before; ++i) REQUIRE(slices.run() == Slice::more);
    const std::uint32_t step = model->step();
    model->predict(x);
    CHECK(slices.run() == Slice::taken_over);
    CHECK_FALSE(slices.running());
    CHECK(model->step() == step);
  }
  // After it, training goes on.
  model.load(1);
  slices.begin(4);
  while (slices.run() == Slice::more) {
  }
  CHECK(model->step() == 1);
  // An evaluation and a batch prediction take it too; finishing first does not.
  std::vector<float> out(6), two{1, 2, 3, 4, 5, 6};
  slices.begin(4);
  model->predict(two, out);
  CHECK(slices.run() == Slice::taken_over);
  slices.begin(4);
  slices.cancel();
  CHECK_FALSE(slices.running());
}

TEST_CASE("training shares its arena with evaluation and prediction", "[device]") {
  Owned<plain> alone, between;
  std::vector<float> x{1, 2, 3, 4, 5, 6}, out(6);
  const std::vector<std::int32_t> y{0, 2};
  for (std::uint32_t step = 0; step < 10; ++step) {
    alone.load(step);
    between->predict(std::span<const float>(x).first(3));
    between->predict(std::span<const float>(x), std::span<float>(out));
    between->evaluate({std::span<const float>(x), std::span<const std::int32_t>(y)});
    between.load(step);
    alone->train_on_batch(4);
    between->train_on_batch(4);
    REQUIRE(alone.bytes() == between.bytes());
  }
  using Code = decltype(alone)::Model::Code;
  static_assert(Code::memory.arena >= Code::inference.plan.arena_bytes);
  static_assert(Code::memory.arena >= Code::single.plan.arena_bytes);
  static_assert(sizeof(decltype(alone)::Model::Storage) <=
                static_cast<std::size_t>(Code::memory.total()) + 7 * 64);
}

/// What docs/device_training.md says of memory.
inline constexpr auto mlp = sequential(Input{64}, Dense{32, relu}, Dense{10, softmax});
template <class Optimizer, int BatchSize>
constexpr int beyond_weights = [] {
  constexpr auto memory = training_memory<mlp, Optimizer, SparseCategoricalCrossentropy, BatchSize>;
  static_assert(memory.weights == 9640);
  return memory.total() - memory.weights;
}();
static_assert(beyond_weights<SGD, 1> == 476);
static_assert(beyond_weights<SGD, 8> == 3776);
static_assert(beyond_weights<SGDMomentum, 8> == 13416);
static_assert(beyond_weights<Adam, 1> == 19756);
static_assert(beyond_weights<Adam, 8> == 23056);

template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("what stands in a trainer's memory is checked as arrays are", "[device]") {
  Owned<plain> model;
  const auto before = model.bytes();
  float loss = 5;
  const auto is_wrong = [&](int rows, const char* says, std::span<const float> weights = {}) {
    CAPTURE(rows, says);
    const char* const fault = model->try_train_on_batch(rows, loss, weights);
    REQUIRE(fault != nullptr);
    CHECK(std::string(fault).find(says) != std::string::npos);
    CHECK(message([&] { model->train_on_batch(rows, weights); }) == fault);
    TrainingSlices slices(model.model);
    slices.begin(rows, weights);
    Slice answer = slices.run();
    while (answer == Slice::more) answer = slices.run();
    CHECK(answer == Slice::wrong);
    CHECK(std::string(slices.fault()) == fault);
    CHECK(loss == 5);
    CHECK(model->step() == 0);
  };
  model.load(0);
  is_wrong(0, "one sample");
  is_wrong(-1, "one sample");
  is_wrong(5, "one sample");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float negative[] = {1, -1}, wrong[] = {1, nan}, right[] = {1, 0};
  is_wrong(2, "finite numbers", negative);
  is_wrong(2, "finite numbers", wrong);
  is_wrong(3, "one number for each", right);
  for (std::int32_t label : {3, -1, std::numeric_limits<std::int32_t>::min()}) {
    model.label(1) = label;
    is_wrong(2, "out of range");
    CHECK(model->try_train_on_batch(1, loss) == nullptr);  // not among the rows
    model->initialize(7);
    loss = 5;
  }
  CHECK(model.bytes() == before);
}

TEST_CASE("a loss that is no number changes no weight", "[device]") {
  Owned<plain, SGD> model;
  const auto before = model.bytes();  // with moving statistics
  model.load(0);
  for (std::size_t i = 0; i < 3; ++i) model->input()[i] = std::numeric_limits<float>::max();
  float loss = 0;
  const char* const fault = model->try_train_on_batch(4, loss);
  REQUIRE(fault != nullptr);
  CHECK(std::string(fault).find("not a number") != std::string::npos);
  CHECK(model.bytes() == before);
  CHECK(model->step() == 0);
}

/// Two inputs, and functions that make finite numbers of infinite ones.
inline constexpr auto saturated = functional([](Builder& g) {
  const Tensor x = Dense{.units = 3, .activation = ActivationKind::tanh}(g.input({2}));
  const Tensor y = LSTM{2}(g.input({3, 1}));
  return Dense{3, softmax}(Concatenate{}(x, y));
});

TEST_CASE("an input that is not finite changes no weight, where its loss is a number too", "[device]") {
  Owned<saturated> model;
  const auto before = model.bytes();
  constexpr float infinity = std::numeric_limits<float>::infinity(),
                  nan = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(model->input().size() == 4 * 2 + 4 * 3);
  for (std::size_t at = 0; at < 20; ++at)
    for (float bad : {infinity, -infinity, nan, -nan}) {
      for (float& x : model->input()) x = at % 2 == 0 ? std::numeric_limits<float>::max() : -0.0f;
      for (float& x : model->input().subspan(8)) x = 0.5f;
      model->input()[at] = bad;
      const int row = static_cast<int>(at < 8 ? at / 2 : (at - 8) / 3);
      for (int rows = 1; rows <= 4; ++rows) {
        CAPTURE(at, rows);
        float loss = 5;
        const char* const fault = model->try_train_on_batch(rows, loss);
        if (rows > row) {  // else it is not among them
          REQUIRE(fault != nullptr);
          CHECK(std::string(fault).find("not finite") != std::string::npos);
          TrainingSlices slices(model.model);
          slices.begin(rows);
          CHECK(slices.run() == Slice::wrong);
          REQUIRE(model.bytes() == before);
        } else {
          REQUIRE(fault == nullptr);
          model->initialize(7);
        }
      }
    }
}

}  // namespace
