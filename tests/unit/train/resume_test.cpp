// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/etch.hpp>
#include <etch/model/training/state.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <tests/unit/temporary_folder.hpp>
#include <vector>

// Training that stops and goes on from a file has the bits of training that never stopped.
namespace {

using namespace etch;
namespace fs = std::filesystem;

inline constexpr auto net =
    sequential(Input{3}, Dense{8}, BatchNormalization{}, ReLU{}, Dropout{0.25f}, Dense{2, softmax});

struct Points {
  std::vector<float> x;
  std::vector<std::int32_t> y;
  Points() {
    for (std::uint32_t i = 0; i < 3 * 43; ++i) x.push_back(random::uniform({8, 9}, 0, 0, i) - 0.5f);
    for (std::size_t i = 0; i < 43; ++i) y.push_back(x[3 * i] * x[3 * i + 1] > 0);
  }
  Dataset set() const { return {std::span<const float>(x), std::span<const std::int32_t>(y)}; }
};

template <class Optimizer>
struct Owned {
  using Model = Trainer<net, Optimizer, SparseCategoricalCrossentropy, hana::tuple<Accuracy>, 8>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model;
  explicit Owned(Optimizer optimizer, std::uint32_t seed) : model(*storage, optimizer, {}, seed) {
    model.initialize(seed);
  }
  Model* operator->() { return &model; }
  std::vector<std::byte> bytes() {
    std::vector<std::byte> all(model.weights().begin(), model.weights().end());
    all.insert(all.end(), model.optimizer_state().begin(), model.optimizer_state().end());
    return all;
  }
};

/// Trains 5 epochs in one go, and again with a checkpoint after the second that another model goes on from.
template <class Optimizer>
void check_resumes(const Optimizer& optimizer) {
  const TemporaryFolder folder;
  const Points points;
  const std::string pattern = (folder / "{epoch}.safetensors").string(),
                    after_two = (folder / "2.safetensors").string();
  FitOptions options{.epochs = 5, .silent = true};
  Owned<Optimizer> whole(optimizer, 7), continued(optimizer, 99);
  const History all = whole->fit(points.set(), options, ModelCheckpoint{.filepath = pattern.c_str()});
  const float loss = all.last().loss;
  continued->load(after_two.c_str());
  CHECK(continued->step() == 12);  // 43 samples in batches of 8
  CHECK(continued->seed() == 7);
  options.initial_epoch = 2;
  const History rest = continued->fit(points.set(), options);
  CHECK(rest.epochs.size() == 3);
  CHECK(rest.last().loss == loss);
  CHECK(whole.bytes() == continued.bytes());
}

TEST_CASE("a checkpoint goes on bit for bit: schedule, dropout, normalization, shuffling", "[resume]") {
  check_resumes(WithSchedule{Adam{}, CosineDecay{.initial_learning_rate = 0.01f, .decay_steps = 25}});
}

TEST_CASE("a checkpoint goes on bit for bit: moving average, accumulated gradients, first slots",
          "[resume]") {
  // 12 steps end within an accumulation of 5 batches.
  check_resumes(ExponentialMovingAverage{GradientAccumulation<Adagrad, 5>{{.learning_rate = 0.05f}}, 0.9f});
}

TEST_CASE("the moving average becomes the weights at the end of fit, as in Keras", "[resume]") {
  const Points points;
  using Optimizer = ExponentialMovingAverage<SGD>;
  Owned<Optimizer> model(Optimizer{SGD{.learning_rate = 0.1f}, 0.5f}, 1);
  Owned<SGD> plain(SGD{.learning_rate = 0.1f}, 1);
  std::vector<float> w, mean;
  const auto first_weight = [](auto& owned) {
    return reinterpret_cast<const float*>(owned.model.weights().data())[0];
  };
  LambdaCallback watch{.on_train_batch_end = [&](int, Logs&) {
    w.push_back(first_weight(plain));
    mean.push_back(mean.empty() ? w.back() : 0.5f * mean.back() + 0.5f * w.back());
  }};
  plain->fit(points.set(), {.epochs = 2, .silent = true}, watch);
  model->fit(points.set(), {.epochs = 2, .silent = true});
  CHECK(first_weight(model) != w.back());
  CHECK(first_weight(model) == Approx(mean.back()).epsilon(1e-5));
}

TEST_CASE("a learning rate that a callback set is kept in files", "[resume]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "rate.safetensors").string(),
                    device = (folder / "device.safetensors").string();
  const Points points;
  Owned<Adam> model(Adam{}, 1), other(Adam{}, 2);
  model->fit(points.set(), {.epochs = 2, .silent = true},
             LearningRateScheduler{[](int epoch, float) { return epoch == 0 ? 0.5f : 0.125f; }});
  model->save(path.c_str(), true);
  other->load(path.c_str());
  CHECK(other->learning_rate() == 0.125f);
  CHECK(other.bytes() == model.bytes());
  model->learning_rate(0.25f);
  std::ofstream file(device, std::ios::binary);
  REQUIRE(write_training_state(model.model, [&](std::span<const std::byte> bytes) {
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bool(file);
  }));
  file.close();
  other->load(device.c_str());
  CHECK(other->learning_rate() == 0.25f);
  model->save(path.c_str());  // weights alone: the optimizer begins anew, at its own rate
  Owned<Adam> fresh(Adam{}, 3);
  fresh->load(path.c_str());
  CHECK(fresh->learning_rate() == 0.001f);
  CHECK(fresh->step() == 0);
}

TEST_CASE("loading weights alone gives an optimizer what it begins with", "[resume]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "weights.safetensors").string();
  const Points points;
  Owned<Adagrad> model(Adagrad{}, 1), fresh(Adagrad{}, 1);
  fresh->save(path.c_str());
  model->fit(points.set(), {.epochs = 2, .silent = true});
  model->load(path.c_str());
  CHECK(model.bytes() == fresh.bytes());
}

struct Interrupt {
  int at;
  void on_epoch_begin(int epoch, const Logs&) {
    if (epoch == at) throw std::runtime_error("the power is gone");
  }
};

TEST_CASE("BackupAndRestore goes on after an interruption, and then forgets", "[resume]") {
  const TemporaryFolder folder;
  const std::string backups = (folder / "backups").string();
  const Points points;
  const FitOptions options{.epochs = 5, .silent = true};
  Owned<Adam> whole(Adam{}, 7), first(Adam{}, 7), second(Adam{}, 50);
  whole->fit(points.set(), options);
  CHECK_THROWS_AS(first->fit(points.set(), options, BackupAndRestore{backups.c_str()}, Interrupt{3}),
                  std::runtime_error);
  CHECK(fs::exists(backups + "/epoch-3.safetensors"));
  CHECK(std::distance(fs::directory_iterator(backups), fs::directory_iterator()) == 1);
  const History rest = second->fit(points.set(), options, BackupAndRestore{backups.c_str()});
  CHECK(rest.epochs.size() == 2);
  CHECK(whole.bytes() == second.bytes());
  CHECK(fs::is_empty(backups));
}

/// Spoils a weight at the end of an epoch, as a last step may that was too large.
struct Spoil {
  int at;
  template <class Model>
  void on_epoch_end(Model& model, int epoch, const Logs&) {
    if (epoch == at) reinterpret_cast<float*>(model.weights().data())[0] = std::nanf("");
  }
};

TEST_CASE("BackupAndRestore goes on from the last weights that are numbers", "[resume]") {
  const TemporaryFolder folder;
  const std::string backups = (folder / "backups").string();
  const Points points;
  const FitOptions options{.epochs = 5, .silent = true};
  Owned<Adam> whole(Adam{}, 7), first(Adam{}, 7), second(Adam{}, 50);
  whole->fit(points.set(), options);
  CHECK_THROWS_WITH(first->fit(points.set(), options, Spoil{2}, BackupAndRestore{backups.c_str()}),
                    Catch::Contains("the loss is not a number"));
  CHECK(fs::exists(backups + "/epoch-2.safetensors"));
  CHECK_FALSE(fs::exists(backups + "/epoch-3.safetensors"));
  CHECK(second->fit(points.set(), options, BackupAndRestore{backups.c_str()}).epochs.size() == 3);
  CHECK(whole.bytes() == second.bytes());
}

}  // namespace
