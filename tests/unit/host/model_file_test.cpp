// SPDX-License-Identifier: BSL-1.0
#include "saved_files.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <etch/etch.hpp>
#include <runtime/host/error.hpp>
#include <string>
#include <vector>

namespace model_file_test {

using namespace etch;

inline constexpr auto by_sequence =
    sequential(Input{2, 3}, Flatten{}, Dense{5}, BatchNormalization{}, ReLU{}, Dense{5})
        .add(BatchNormalization{})
        .add(ReLU{})
        .add(Dense{3})
        .add(Softmax{});

inline constexpr auto by_function = functional([](Builder& g) {
  Tensor x = Flatten{}(g.input({2, 3}));
  for (int units : {5, 5}) x = ReLU{}(BatchNormalization{}(Dense{units}(x)));
  return Softmax{}(Dense{.units = 3, .name = "head"}(x));
});

struct Block {
  Dense dense;
  BatchNormalization norm{};
  ReLU relu{};
  constexpr Tensor operator()(Tensor x) { return relu(norm(dense(x))); }
};
struct Classifier {
  Flatten flatten;
  std::array<Block, 2> hidden{Block{Dense{5}}, Block{Dense{5}}};
  Dense logits{3};
  Softmax softmax;
  constexpr Tensor operator()(Tensor x) {
    x = flatten(x);
    for (Block& b : hidden) x = b(x);
    return softmax(logits(x));
  }
};

// The same layers but the last: what transfer is for.
inline constexpr auto other_head = functional([](Builder& g) {
  Tensor x = Flatten{}(g.input({2, 3}));
  for (int units : {5, 5}) x = ReLU{}(BatchNormalization{}(Dense{units}(x)));
  return Softmax{}(Dense{.units = 4, .name = "head"}(x));
});

// Two weights of one shape whose names sort the other way round than the graph has them.
inline constexpr auto unsorted =
    sequential(Input{4}, Dense{.units = 4, .name = "z"}, Dense{.units = 4, .name = "a"});

}  // namespace model_file_test

BOOST_HANA_ADAPT_STRUCT(model_file_test::Block, dense, norm, relu);
BOOST_HANA_ADAPT_STRUCT(model_file_test::Classifier, flatten, hidden, logits, softmax);

namespace model_file_test {

inline constexpr auto by_subclass = subclassed<Classifier>({2, 3});

constexpr int rows = 8;

template <const auto& Declared, class Optimizer = Adam, bool Fuse = true>
using Model = Trainer<Declared, Optimizer, SparseCategoricalCrossentropy, hana::tuple<>, rows, Fuse>;
template <const auto& Declared>
using Regression = Trainer<Declared, Adam, MeanSquaredError, hana::tuple<>, rows>;

/// Each `Which` is a model with storage of its own.
template <class M, int Which>
M fresh(std::uint32_t seed) {
  static typename M::Storage storage;
  storage = {};
  return M(storage, {}, {}, seed);
}

template <class M>
void train(M& model, int first, int last) {
  for (int step = first; step < last; ++step) {
    auto x = model.input();
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>((i * 7 + static_cast<std::size_t>(step) * 13) % 11) / 11.0f;
    for (int r = 0; r < rows; ++r) static_cast<std::int32_t*>(model.labels())[r] = (r + step) % 3;
    model.train_on_batch(rows);
  }
}

template <class Span>
std::vector<std::byte> copy_of(const Span& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Everything that a refused file must leave alone.
struct Snapshot {
  std::vector<std::byte> weights, optimizer;
  std::uint32_t step, seed;
  bool operator==(const Snapshot&) const = default;
};
template <class M>
Snapshot snapshot(M& model) {
  return {copy_of(model.weights()), copy_of(model.optimizer_state()), model.step(), model.seed()};
}

template <class M>
std::vector<float> predictions(M& model) {
  constexpr std::size_t samples = 11;
  std::vector<float> x(samples * 6), y(samples * static_cast<std::size_t>(M::output_elements));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) / 17.0f;
  model.predict(x, y);
  return y;
}

TEST_CASE("weights saved by one way load in the others", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "weights.safetensors").string();
  auto saved = fresh<Model<by_subclass>, 0>(7);
  train(saved, 0, 5);
  saved.save(path.c_str());
  const auto expected = predictions(saved);

  auto sequence = fresh<Model<by_sequence>, 1>(8);
  auto function = fresh<Model<by_function>, 1>(9);
  CHECK(predictions(sequence) != expected);
  sequence.load(path.c_str());
  function.load(path.c_str());
  CHECK(predictions(sequence) == expected);
  CHECK(predictions(function) == expected);
  CHECK(function.step() == 0);
  CHECK(function.seed() == 9);

  const auto file = host::SafetensorsFile::read(path);
  REQUIRE(file.find("hidden/0/dense/kernel"));
  CHECK(file.find("hidden/0/dense/kernel")->shape == std::vector<std::int64_t>{6, 5});
  CHECK(file.tensors().size() == 14);
  CHECK(file.metadata().at("etch.graph").size() == 16);
  CHECK(file.metadata().count("etch.optimizer") == 0);

  function.save(path.c_str());
  sequence.load(path.c_str());
  saved.load(path.c_str());
  CHECK(predictions(saved) == expected);
}

TEST_CASE("a model that was never used is saved with its first weights", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "new.safetensors").string();
  auto model = fresh<Model<by_sequence>, 0>(3), same = fresh<Model<by_sequence>, 1>(3);
  model.save(path.c_str());
  same.initialize(3);
  CHECK(snapshot(model) == snapshot(same));
}

inline constexpr auto small =
    sequential(Input{2, 3}, Flatten{}, Dense{5}, BatchNormalization{}, Dense{3}, Softmax{});

template <class Optimizer, bool Fuse = true, const auto& Saved = small, const auto& Loaded = Saved>
void check_resume() {
  const TemporaryFolder folder;
  const std::string path = (folder / "state.safetensors").string();
  auto whole = fresh<Model<Loaded, Optimizer, Fuse>, 0>(4'000'000'000u);
  train(whole, 0, 10);
  auto first = fresh<Model<Saved, Optimizer, Fuse>, 2>(4'000'000'000u);
  train(first, 0, 5);
  first.save(path.c_str(), true);
  auto second = fresh<Model<Loaded, Optimizer, Fuse>, 1>(1);
  second.load(path.c_str());
  CHECK(second.step() == 5);
  CHECK(second.seed() == 4'000'000'000u);
  train(second, 5, 10);
  CHECK(snapshot(second) == snapshot(whole));
}

TEST_CASE("training goes on from a file, bit for bit", "[model_file]") {
  check_resume<Adam, true, by_subclass, by_sequence>();
  check_resume<Adam, false>();
  check_resume<SGD>();
  check_resume<SGDNesterov>();
  check_resume<RMSprop>();
  check_resume<Lion>();
  check_resume<ExponentialMovingAverage<Nadam>>();
  check_resume<GradientAccumulation<ClipByGlobalNorm<Adamax>, 3>>();
  check_resume<GradientAccumulation<ExponentialMovingAverage<AdamW>, 3>, false>();
}

TEST_CASE("the optimizer's state is loaded only where it belongs", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "adam.safetensors").string();
  auto adam = fresh<Model<by_sequence>, 0>(1);
  train(adam, 0, 3);
  adam.save(path.c_str(), true);
  const auto file = host::SafetensorsFile::read(path);
  CHECK(file.find("optimizer/dense/kernel/1"));
  CHECK_FALSE(file.find("optimizer/batch_normalization/moving_mean/0"));
  CHECK(file.find("training/step")->dtype == "I64");
  CHECK(file.metadata().at("etch.optimizer") == "adam");

  auto rmsprop = fresh<Model<by_sequence, RMSprop>, 0>(2);
  train(rmsprop, 0, 2);
  const auto before = snapshot(rmsprop);
  const std::string sentence = error_of([&] { rmsprop.load(path.c_str()); });
  CHECK(has(sentence, path));
  CHECK(has(sentence, "optimizer 'adam', and this model has 'rmsprop'"));
  CHECK(snapshot(rmsprop) == before);

  load_weights(rmsprop, path.c_str());
  CHECK(predictions(rmsprop) == predictions(adam));
  CHECK(rmsprop.step() == 0);
  CHECK(rmsprop.seed() == 2);
  for (const std::byte b : rmsprop.optimizer_state()) REQUIRE(b == std::byte{0});
}

TEST_CASE("a file of another graph is refused", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "other.safetensors").string();
  auto other = fresh<Model<other_head>, 0>(1);
  other.save(path.c_str());
  auto model = fresh<Model<by_sequence>, 0>(2);
  train(model, 0, 2);
  const auto before = snapshot(model);
  const std::string sentence = error_of([&] { model.load(path.c_str()); });
  CHECK(has(sentence, path));
  CHECK(has(sentence,
            "another graph: weight 12 is 'head/kernel' of the shape [5, 4] there, and 'dense_2/kernel' of "
            "[5, 3] here;"));
  CHECK(snapshot(model) == before);

  rewrite(path, path, [](auto&, auto& metadata) { metadata.erase("etch.graph"); });
  CHECK(has(error_of([&] { model.load(path.c_str()); }), "does not say which graph"));
  CHECK(has(error_of([&] { model.load((folder / "missing").c_str()); }), (folder / "missing").string()));
  CHECK(snapshot(model) == before);
}

TEST_CASE("a truncated or corrupt file is refused", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "good.safetensors").string(),
                    bad = (folder / "bad.safetensors").string();
  auto model = fresh<Model<by_sequence>, 0>(1);
  train(model, 0, 2);
  model.save(path.c_str(), true);
  const std::string bytes = read(path);
  std::uint64_t header = 0;  // its length stands before it
  std::memcpy(&header, bytes.data(), sizeof header);
  train(model, 2, 4);
  auto before = snapshot(model);
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    write(bad, bytes.substr(0, size));
    REQUIRE_THROWS_AS(model.load(bad.c_str()), Error);
    REQUIRE(snapshot(model) == before);
  }
  for (std::size_t at = 0; at < bytes.size(); at += 61) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write(bad, changed);
    const std::string sentence = error_of([&] { model.load(bad.c_str()); });
    // A flip in a text that loading does not depend on, such as the version or the graph for tools, may pass;
    // a refusal leaves the model alone.
    if (at >= header + 8) REQUIRE(!sentence.empty());
    if (sentence.empty()) before = snapshot(model);
    REQUIRE(snapshot(model) == before);
  }
}

constexpr std::array<int, 1> one{1};
constexpr std::array<int, 2> turned{5, 6};
constexpr std::array<float, 1> zero{};

TEST_CASE("a file with an entry too many, too few or of another kind is refused", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "good.safetensors").string(),
                    bad = (folder / "bad.safetensors").string();
  auto model = fresh<Model<by_sequence>, 0>(1);
  train(model, 0, 2);
  model.save(path.c_str(), true);
  train(model, 2, 4);
  const auto before = snapshot(model);
  const auto refused = [&](const char* part, const auto& change) {
    rewrite(path, bad, change);
    const std::string sentence = error_of([&] { model.load(bad.c_str()); });
    INFO(sentence);
    CHECK(has(sentence, part));
    CHECK(has(sentence, bad));
    CHECK(snapshot(model) == before);
  };
  const auto position_of = [](auto& entries, std::string_view name) {
    std::size_t i = 0;
    while (entries[i].name != name) ++i;
    return entries.begin() + static_cast<std::ptrdiff_t>(i);
  };
  const TensorEntry extra{"extra", "F32", one, std::as_bytes(std::span(zero))};
  refused("does not name each of them once", [&](auto& e, auto&) { e.push_back(extra); });
  refused("it has 15 weights, and the model has 14", [&](auto& e, auto& m) {
    e.push_back(extra);
    m.erase("etch.order");
  });
  refused("the tensor 'dense/bias' is missing",
          [&](auto& e, auto&) { e.erase(position_of(e, "dense/bias")); });
  refused("has the shape [5, 6], and the weight 'dense/kernel' has [6, 5]",
          [&](auto& e, auto&) { position_of(e, "dense/kernel")->shape = turned; });
  refused("holds 'I32' and not 'F32'", [&](auto& e, auto&) { position_of(e, "dense/bias")->dtype = "I32"; });
  refused("'optimizer/dense_1/bias/1' is missing",
          [&](auto& e, auto&) { e.erase(position_of(e, "optimizer/dense_1/bias/1")); });
  refused("'training/seed' is missing", [&](auto& e, auto&) { e.erase(position_of(e, "training/seed")); });
  refused("optimizer of this model does not keep", [&](auto& e, auto&) {
    e.push_back(extra);
    e.back().name = "optimizer/batch_normalization/moving_mean/0";
  });
  refused("is not one whole number", [&](auto& e, auto&) {
    auto step = position_of(e, "training/step");
    step->dtype = "F32", step->data = std::as_bytes(std::span(zero));
  });
  refused("the optimizer '?'", [&](auto&, auto& m) { m.erase("etch.optimizer"); });
  refused("does not name each of them once", [&](auto&, auto& m) {
    std::string& order = m.at("etch.order");
    order.replace(order.find("dense_1/kernel"), 14, "dense_1/bias");
  });
}

TEST_CASE("a file whose tensors were sorted loads by the order that it tells", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "sorted.safetensors").string();
  auto model = fresh<Regression<unsorted>, 0>(1), same = fresh<Regression<unsorted>, 1>(2);
  model.save(path.c_str());
  const auto sort = [](auto& entries) {
    std::sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.name < b.name; });
  };
  rewrite(path, path, [&](auto& entries, auto&) { sort(entries); });
  same.load(path.c_str());
  CHECK(copy_of(same.weights()) == copy_of(model.weights()));

  // Without it by the names, and where they differ too, in the order of the data.
  same.initialize(2);
  rewrite(path, path, [&](auto&, auto& metadata) { metadata.erase("etch.order"); });
  same.load(path.c_str());
  CHECK(copy_of(same.weights()) == copy_of(model.weights()));
  auto subclass = fresh<Model<by_subclass>, 0>(5);
  auto sequence = fresh<Model<by_sequence>, 0>(6);
  train(subclass, 0, 2);
  subclass.save(path.c_str(), true);
  rewrite(path, path, [&](auto&, auto& metadata) { metadata.erase("etch.order"); });
  sequence.load(path.c_str());
  CHECK(snapshot(sequence) == snapshot(subclass));
}

TEST_CASE("transfer loads what fits by name", "[model_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "trained.safetensors").string();
  auto trained = fresh<Model<by_function>, 0>(1);
  train(trained, 0, 3);
  trained.save(path.c_str());

  auto model = fresh<Model<other_head>, 0>(2), untouched = fresh<Model<other_head>, 1>(2);
  CHECK(load_weights_by_name(model, path.c_str()) == 12);
  untouched.initialize(2);
  const auto weights = copy_of(model.weights()), first = copy_of(untouched.weights());
  CHECK(std::memcmp(weights.data(), trained.weights().data(), 6 * 5 * sizeof(float)) == 0);
  constexpr std::size_t head = 4 * sizeof(float) * 6;  // 5 x 4 kernel and bias, at the end
  CHECK(std::memcmp(weights.data() + weights.size() - head, first.data() + first.size() - head, head) == 0);

  auto stranger = fresh<Regression<unsorted>, 0>(1);
  stranger.initialize(1);
  const auto before = snapshot(stranger);
  CHECK(has(error_of([&] { load_weights_by_name(stranger, path.c_str()); }), "none of its tensors"));
  CHECK(snapshot(stranger) == before);
}

}  // namespace model_file_test
