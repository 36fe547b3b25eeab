// SPDX-License-Identifier: BSL-1.0
// A program of its own, for this machine: its kernels of vectors hand sums on from thread to thread.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <etch/etch.hpp>
#include <memory>
#include <runtime/host/error.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace etch;
using Catch::Contains;

/// Has steps of each kind that threads share: samples (convolution, pooling, a dense layer whose width is
/// none of vectors), sums that are handed on (the first dense layer), parts (backward).
inline constexpr auto net = sequential(
    Input{12, 12, 2}, Conv2D{.filters = 16, .kernel_size = 3, .activation = relu}, MaxPooling2D{2}, Flatten{},
    Dense{128}, BatchNormalization{}, ReLU{}, Dense{100, ActivationKind::tanh}, Dense{3, softmax});
constexpr int samples = 70, elements = 12 * 12 * 2;

struct Data {
  std::vector<std::uint8_t> x, y;
  Data() {
    std::uint32_t n = 7;
    for (int i = 0; i < samples * elements; ++i) {
      n = n * 1664525U + 1013904223U;
      x.push_back(static_cast<std::uint8_t>(n >> 24));
    }
    for (int i = 0; i < samples; ++i)
      y.push_back(static_cast<std::uint8_t>(x[static_cast<std::size_t>(i * elements)] % 3));
  }
  Dataset set() const { return {x, y}; }
};

/// All numbers that a training leaves.
struct Left {
  std::vector<std::byte> weights, slots;
  std::vector<float> predictions;
  float loss = 0;
  bool operator==(const Left&) const = default;
};

template <class Model>
Left train(Model& model, int batch_size = 0) {
  static const Data data;
  model.initialize(3);
  model.fit(data.set(), {.epochs = batch_size == 0 ? 2 : 1, .batch_size = batch_size, .silent = true});
  Left left;
  left.weights.assign(model.weights().begin(), model.weights().end());
  left.slots.assign(model.optimizer_state().begin(), model.optimizer_state().end());
  left.loss = model.evaluate(data.set(), {.batch_size = batch_size}).loss;
  left.predictions.resize(3 * samples);
  model.predict(data.set(), left.predictions);
  std::vector<float> one(data.x.begin(), data.x.begin() + elements);
  const auto of_one = model.predict(one);
  left.predictions.insert(left.predictions.end(), of_one.begin(), of_one.end());
  return left;
}

template <class Team>
using ModelBy = Trainer<net, Adam, SparseCategoricalCrossentropy, hana::tuple<Accuracy>, 32, true, Team>;

Left train_alone(int batch_size = 0) {
  const auto storage = std::make_unique<ModelBy<Alone>::Storage>();
  ModelBy<Alone> model(*storage, {});
  return train(model, batch_size);
}
Left train_by(ThreadPool& pool, int batch_size = 0) {
  using Model = ModelBy<ThreadTeam>;
  const auto storage = std::make_unique<Model::Storage>();
  Model model(*storage, {}, {}, 0, {}, 0, team_of(pool));
  return train(model, batch_size);
}

template <class F>
void run(ThreadPool& pool, int shares, const F& f) {
  pool.run(
      shares, [](void* work, int share) { (*static_cast<const F*>(work))(share); }, const_cast<F*>(&f));
}

}  // namespace

TEST_CASE("training, evaluation and prediction have the same bits with any number of threads") {
  const Left expected = train_alone(), few = train_alone(2);
  CHECK(expected.weights != few.weights);
  for (const int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    CHECK(train_by(pool) == expected);
    CHECK(train_by(pool, 2) == few);  // fewer samples than threads
  }
}

TEST_CASE("models that are trained at the same time share a pool") {
  const Left expected = train_alone();
  ThreadPool pool(3);
  Left of_other;
  std::thread other([&] { of_other = train_by(pool); });
  const Left own = train_by(pool);
  other.join();
  CHECK(own == expected);
  CHECK(of_other == expected);
}

TEST_CASE("compile takes threads") {
  auto model = compile<net>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>,
                            threads<2>, 9);
  CHECK(model.seed() == 9);
  CHECK(model.team().threads() == 2);
  CHECK(train(model) == train_alone());
  ThreadPool pool(2);
  const auto two = compile_ensemble<net, 2>(Adam{}, SparseCategoricalCrossentropy{},
                                            hana::make_tuple(Accuracy{}), batch<32>, pool, 5);
  CHECK(two[1].seed() == 6);
  CHECK(two[1].team().threads() == 2);
}

TEST_CASE("a pool does each share once, however many there are") {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    for (int shares = 0; shares <= ThreadPool::most; ++shares) {
      std::atomic<int> count[ThreadPool::most]{};
      run(pool, shares, [&](int share) { ++count[share]; });
      for (int k = 0; k < ThreadPool::most; ++k) CHECK(count[k] == (k < shares ? 1 : 0));
    }
    CHECK_THROWS_WITH(run(pool, 33, [](int) {}), Contains("at most 32 shares, and was to be in 33"));
  }
}

TEST_CASE("a share may wait for those before it, and share out work itself") {
  ThreadPool pool(3);
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> done{0}, inner{0};
    run(pool, 8, [&](int share) {
      while (done < share) ThreadPool::rest();
      run(pool, 2, [&](int) { ++inner; });
      ++done;
    });
    CHECK(done == 8);
    CHECK(inner == 16);
  }
}

TEST_CASE("an exception of a share reaches who asked, and the pool goes on") {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 20; ++round) {
      CHECK_THROWS_WITH(run(pool, 6,
                            [](int share) {
                              if (share == 4) throw std::runtime_error("share 4 went wrong");
                            }),
                        "share 4 went wrong");
      std::atomic<int> count{0};
      run(pool, 6, [&](int) { ++count; });
      CHECK(count == 6);
    }
  }
}

TEST_CASE("threads that sleep wake for work, and end with their pool") {
  { const ThreadPool never_used(4); }
  ThreadPool pool(4);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // longer than they look for work
    std::atomic<int> count{0};
    run(pool, 4, [&](int) {
      ++count;
      while (count < 2) ThreadPool::rest();  // until a second thread is awake
    });
    CHECK(count == 4);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST_CASE("a pool says how many threads it can have") {
  CHECK_THROWS_WITH(ThreadPool(0), Contains("from 1 to 32 threads, and was to have 0"));
  CHECK_THROWS_WITH(ThreadPool(-1), Contains("was to have -1"));
  CHECK_THROWS_WITH(ThreadPool(33), Contains("was to have 33"));
}
