// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>
#include <catch2/catch.hpp>
#include <cstdio>
#include <etch/etch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <tests/unit/temporary_folder.hpp>
#include <vector>

namespace {

using namespace etch;
using Catch::Contains;
namespace fs = std::filesystem;

inline constexpr auto line = sequential(Input{1}, Dense{1});
using Model = Trainer<line, SGD, MeanSquaredError, hana::tuple<MeanAbsoluteErrorMetric>, 4>;

struct Owned {
  std::unique_ptr<Model::Storage> storage = std::make_unique<Model::Storage>();
  Model model;
  explicit Owned(float rate = 0.1f) : model(*storage, SGD{.learning_rate = rate}) { model.initialize(3); }
  Model* operator->() { return &model; }
  std::vector<std::byte> bytes() { return {model.weights().begin(), model.weights().end()}; }
};

const std::vector<float> xs{-1, -0.5f, 0, 0.5f, 1, 0.25f, 0.75f, -0.75f};
const std::vector<float> ys{-2, -1, 0, 1, 2, 0.5f, 1.5f, -1.5f};
Dataset data() { return {std::span<const float>(xs), std::span<const float>(ys)}; }
constexpr FitOptions quiet(int epochs) { return {.epochs = epochs, .silent = true}; }

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Puts numbers of our own into the logs, so that a test knows what others see.
struct Feed {
  std::vector<float> values;
  void on_epoch_end(int epoch, Logs& logs) { logs.put("fed_loss", values[static_cast<unsigned>(epoch)]); }
};

struct Recorder {
  std::string calls;
  int batches = 0;
  template <class M>
  void on_train_begin(M& model, const Logs&) {
    calls += model.step() == 0 ? "train(" : "again(";
  }
  void on_train_end(const Logs& logs) { calls += logs.get("loss") ? ")" : "?"; }
  void on_epoch_begin(int epoch, const Logs&) { calls += "e" + std::to_string(epoch); }
  void on_epoch_end(int, const Logs& logs) { calls += logs.get("val_mean_absolute_error") ? "v " : " "; }
  void on_train_batch_begin(int batch, const Logs&) { calls += "[" + std::to_string(batch); }
  void on_train_batch_end(int, const Logs& logs) {
    calls += logs.get("mean_absolute_error") ? "]" : "?";
    ++batches;
  }
  void on_test_begin(const Logs&) { calls += "{"; }
  void on_test_batch_end(int, const Logs&) { calls += "."; }
  void on_test_end(const Logs&) { calls += "}"; }
};

TEST_CASE("hooks are called in Keras's order", "[callbacks]") {
  Owned model;
  Recorder recorder;
  const Dataset validation = data();
  model->fit(data(), {.epochs = 2, .validation = &validation, .silent = true}, recorder);
  CHECK(recorder.calls == "train(e0[0][1]{..}v e1[0][1]{..}v )");
  recorder.calls.clear();
  model->fit(
      data(),
      {.epochs = 4, .validation = &validation, .validation_freq = 2, .initial_epoch = 1, .silent = true},
      hana::make_tuple(LambdaCallback{}), recorder);
  CHECK(recorder.calls == "again(e1[0][1]{..}v e2[0][1] e3[0][1]{..}v )");
  recorder.calls.clear();
  model->evaluate(data(), {.batch_size = 3}, recorder);
  CHECK(recorder.calls == "{...}");
}

TEST_CASE("a callback stops training, at the end of an epoch or in it", "[callbacks]") {
  Owned model;
  int epochs = 0;
  LambdaCallback stop{.on_epoch_end = [&](int epoch, Logs&) {
    ++epochs;
    model->stop_training = epoch == 2;
  }};
  const History history = model->fit(data(), quiet(10), stop);
  CHECK(epochs == 3);
  CHECK(history.epochs.size() == 3);
  LambdaCallback at_once{.on_train_batch_end = [&](int, Logs&) { model->stop_training = true; }};
  const std::uint32_t before = model->step();
  CHECK(model->fit(data(), quiet(10), at_once).epochs.size() == 1);
  CHECK(model->step() == before + 1);
}

TEST_CASE("EarlyStopping: patience, smallest change, direction, baseline, first epoch", "[callbacks]") {
  const auto epochs_with = [](EarlyStopping stop, std::vector<float> values) {
    Owned model;
    Feed feed{values};
    stop.monitor = "fed_loss";
    model->fit(data(), quiet(static_cast<int>(values.size())), feed, stop);
    return std::pair{stop.stopped_epoch, stop.best_epoch};
  };
  using Pair = std::pair<int, int>;
  CHECK(epochs_with({}, {3, 2, 2.5f, 1, 1}) == Pair{2, 1});
  CHECK(epochs_with({.patience = 2}, {3, 2, 2.5f, 1, 1, 2, 2}) == Pair{5, 3});
  CHECK(epochs_with({.min_delta = 0.5f, .patience = 1}, {3, 2.6f, 2.4f, 2.2f, 2.1f, 0}) == Pair{1, 0});
  CHECK(epochs_with({.min_delta = 0.5f, .patience = 2}, {3, 2.6f, 2.4f, 2.2f, 2.1f, 0}) == Pair{4, 2});
  CHECK(epochs_with({.patience = 1, .mode = Mode::max}, {1, 2, 3, 2, 9}) == Pair{3, 2});
  // An improvement that stays above the baseline resets no patience.
  CHECK(epochs_with({.patience = 2, .baseline = 1.5f}, {4, 3, 3, 1, 1}) == Pair{2, 1});
  CHECK(epochs_with({.start_from_epoch = 3}, {1, 2, 3, 9, 8, 8, 8}) == Pair{5, 4});
  CHECK(epochs_with({}, {5, 4, 3, 2}) == Pair{0, 3});
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();

TEST_CASE("NaN is never an improvement, and the first number after it is one", "[callbacks]") {
  struct Found {
    std::size_t epochs;
    int best_epoch;
    float best;
  };
  const auto stopped = [](EarlyStopping stop, std::vector<float> values) {
    Owned model;
    Feed feed{values};
    stop.monitor = "fed_loss";
    const auto history = model->fit(data(), quiet(static_cast<int>(values.size())), feed, stop);
    return Found{history.epochs.size(), stop.best_epoch, stop.best};
  };
  for (const Mode mode : {Mode::min, Mode::max}) {
    const float sign = mode == Mode::min ? 1.0f : -1.0f;
    const EarlyStopping two{.patience = 2, .mode = mode};
    CHECK(stopped(two, {nan, nan, nan, nan, nan, nan, nan, nan}).epochs == 2);
    CHECK(stopped(two, {sign * inf, sign * inf, 1, 1}).epochs == 2);
    CHECK(stopped(two, {4, nan, nan, 1, 1}).epochs == 3);
    const Found late = stopped(two, {nan, sign * 5, sign * 4, nan, sign * 3, sign * 3, sign * 3, sign * 3});
    CHECK(late.epochs == 7);
    CHECK(late.best_epoch == 4);
    CHECK(late.best == sign * 3);
    CHECK(
        stopped({.patience = 2, .mode = mode, .start_from_epoch = 2}, {1, nan, nan, nan, nan, nan}).epochs ==
        4);
    CHECK(stopped({.patience = 2, .mode = mode, .baseline = 1}, {nan, nan, nan, nan}).epochs == 2);
    CHECK(
        stopped({.min_delta = 1, .patience = 2, .mode = mode}, {nan, sign * 5, sign * 4.5f, nan, 0}).epochs ==
        4);
  }
  const auto rates = [](std::vector<float> values) {
    Owned model(1.0f / 64);
    Feed feed{values};
    ReduceLROnPlateau reduce{.monitor = "fed_loss", .factor = 0.5f, .patience = 2};
    model->fit(data(), quiet(static_cast<int>(values.size())), feed, reduce);
    return 64 * model->learning_rate();
  };
  CHECK(rates({nan, nan}) == 0.5f);
  CHECK(rates({nan, nan, nan, nan}) == 0.25f);
  CHECK(rates({nan, 3, nan, 2, nan, 1}) == 1);
  CHECK(rates({3, nan, nan, 2}) == 0.5f);

  const TemporaryFolder folder;
  const std::string path = (folder / "best-{epoch}.safetensors").string();
  Owned model;
  Feed feed{{nan, inf, 3, nan, 4, 2}};
  ModelCheckpoint best{.filepath = path.c_str(), .monitor = "fed_loss", .save_best_only = true};
  model->fit(data(), quiet(6), feed, best);
  for (const int epoch : {1, 2, 3, 4, 5, 6})
    CHECK(fs::exists(folder / ("best-" + std::to_string(epoch) + ".safetensors")) ==
          (epoch == 3 || epoch == 6));
  const std::string less = (folder / "less-{epoch}.safetensors").string();
  best.filepath = less.c_str();
  best.initial_value_threshold = 2.5f;
  model->fit(data(), quiet(6), feed, best);
  for (const int epoch : {1, 2, 3, 4, 5, 6})
    CHECK(fs::exists(folder / ("less-" + std::to_string(epoch) + ".safetensors")) == (epoch == 6));
}

TEST_CASE("EarlyStopping restores the first number's weights rather than a NaN's", "[callbacks]") {
  Owned model;
  std::vector<std::vector<std::byte>> after;
  LambdaCallback keep{.on_epoch_end = [&](int, Logs&) { after.push_back(model.bytes()); }};
  Feed feed{{nan, 1, nan, nan, nan, nan}};
  EarlyStopping stop{.monitor = "fed_loss", .patience = 2, .restore_best_weights = true};
  model->fit(data(), quiet(6), feed, stop, keep);
  CHECK(stop.best_epoch == 1);
  CHECK(after.size() == 4);
  CHECK(model.bytes() == after[1]);
  after.clear();
  feed.values = {nan, nan, nan};  // never a number: the first epoch watched, as in Keras
  model->fit(data(), quiet(3), feed, stop, keep);
  CHECK(after.size() == 2);
  CHECK(model.bytes() == after[0]);
}

TEST_CASE("EarlyStopping restores the weights of the best epoch", "[callbacks]") {
  Owned model;
  std::vector<std::vector<std::byte>> after;
  LambdaCallback keep{.on_epoch_end = [&](int, Logs&) { after.push_back(model.bytes()); }};
  Feed feed{{5, 1, 3, 4, 5, 6}};
  EarlyStopping stop{.monitor = "fed_loss", .patience = 3, .restore_best_weights = true};
  model->fit(data(), quiet(6), feed, stop, keep);
  CHECK(stop.stopped_epoch == 4);
  CHECK(stop.best == 1);
  REQUIRE(after.size() == 5);
  CHECK(after[1] != after[4]);
  CHECK(model.bytes() == after[1]);
}

TEST_CASE("EarlyStopping without room for weights stops alike and restores nothing", "[callbacks]") {
  Owned model;
  Feed feed{{5, 1, 3, 4, 5, 6}};
  EarlyStoppingOf<false> stop{.monitor = "fed_loss", .patience = 2};
  model->fit(data(), quiet(6), feed, stop);
  CHECK(stop.stopped_epoch == 3);
  CHECK(stop.best_epoch == 1);
  stop.restore_best_weights = true;
  CHECK_THROWS_WITH(model->fit(data(), quiet(6), feed, stop), Contains("keeps no weights"));
}

TEST_CASE("two models of one type do not share best weights unseen", "[callbacks]") {
  Owned a, b;
  EarlyStopping outer{.monitor = "loss", .restore_best_weights = true}, inner = outer;
  LambdaCallback nested{.on_epoch_begin = [&](int, Logs&) { b->fit(data(), quiet(1), inner); }};
  CHECK_THROWS_WITH(a->fit(data(), quiet(2), outer, nested), Contains("train one after the other"));
}

TEST_CASE("ReduceLROnPlateau", "[callbacks]") {
  const auto rates = [](ReduceLROnPlateau reduce, std::vector<float> values) {
    Owned model(1.0f / 64);
    Feed feed{values};
    std::vector<float> seen;
    reduce.monitor = "fed_loss";
    LambdaCallback watch{
        .on_epoch_end = [&](int, Logs& logs) { seen.push_back(64 * logs["learning_rate"]); }};
    model->fit(data(), quiet(static_cast<int>(values.size())), feed, reduce, watch);
    return seen;
  };
  using Rates = std::vector<float>;
  const ReduceLROnPlateau half{.factor = 0.5f, .patience = 2};
  CHECK(rates(half, {4, 4, 4, 4, 4, 4}) == Rates{1, 1, 1, 0.5f, 0.5f, 0.25f});
  CHECK(rates(half, {4, 4, 3, 3, 2, 2}) == Rates{1, 1, 1, 1, 1, 1});
  ReduceLROnPlateau rests = half;
  rests.cooldown = 2;
  CHECK(rates(rests, {4, 4, 4, 4, 4, 4, 4}) == Rates{1, 1, 1, 0.5f, 0.5f, 0.5f, 0.25f});
  ReduceLROnPlateau floor = half;
  floor.min_lr = 0.4f / 64;
  CHECK(rates(floor, {4, 4, 4, 4, 4, 4})[5] == Approx(0.4f));
}

TEST_CASE("LearningRateScheduler sets the rate of each epoch", "[callbacks]") {
  Owned model(0.5f);
  std::vector<float> seen;
  LearningRateScheduler schedule{[](int epoch, float rate) { return epoch < 2 ? rate : rate * 0.5f; }};
  LambdaCallback watch{.on_epoch_end = [&](int, Logs& logs) { seen.push_back(logs["learning_rate"]); }};
  model->fit(data(), quiet(4), schedule, watch);
  CHECK(seen == std::vector<float>{0.5f, 0.5f, 0.25f, 0.125f});
  CHECK(model->learning_rate() == 0.125f);
}

TEST_CASE("verbose says nothing, shows a bar, or a line for each epoch", "[callbacks]") {
  const TemporaryFolder folder;
  const auto printed = [&](FitOptions options) {
    Owned model;
    std::fflush(stdout);
    const int terminal = dup(1);
    std::FILE* const file = std::fopen((folder / "out").string().c_str(), "wb");
    dup2(fileno(file), 1);
    model->fit(data(), options);
    std::fflush(stdout);
    dup2(terminal, 1);
    close(terminal);
    std::fclose(file);
    return text_of((folder / "out").string());
  };
  CHECK(printed({.epochs = 2, .verbose = 0}).empty());
  CHECK(printed({.epochs = 2, .silent = true}).empty());
  for (const int verbose : {1, 2}) {  // a file is no terminal: a line for each epoch in either case
    const std::string text = printed({.epochs = 2, .verbose = verbose});
    CHECK(text.substr(0, 10) == "Epoch 1/2 ");
    CHECK(text.find("Epoch 2/2 ") != text.npos);
    CHECK(text.find(" - mean_absolute_error: ") < text.find(" - loss: "));
  }
}

TEST_CASE("TerminateOnNaN ends training before the weights are spoilt", "[callbacks]") {
  Owned model;
  std::vector<float> bad = xs;
  bad[5] = nan;
  const Dataset set{std::span<const float>(bad), std::span<const float>(ys)};
  TerminateOnNaN terminate;
  const History history = model->fit(set, {.epochs = 5, .shuffle = false, .silent = true}, terminate);
  CHECK(history.epochs.size() == 1);
  CHECK(terminate.stopped_batch == 1);
  CHECK(history.last().loss != history.last().loss);
  for (const float w : std::span(reinterpret_cast<const float*>(model->weights().data()), 2)) CHECK(w == w);
}

TEST_CASE("CSVLogger writes Keras's file", "[callbacks]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "log.csv").string();
  Owned model;
  const Dataset validation = data();
  const History history =
      model->fit(data(), {.epochs = 2, .validation = &validation, .validation_freq = 2, .silent = true},
                 Feed{{1, 0.5f}}, CSVLogger{.filename = path.c_str()});
  std::istringstream text(text_of(path));
  std::string header, first, second, rest;
  std::getline(text, header), std::getline(text, first), std::getline(text, second);
  CHECK(header == "epoch,fed_loss,loss,mean_absolute_error");  // the first epoch has no validation
  CHECK(first.substr(0, 4) == "0,1,");
  CHECK(std::stof(first.substr(4)) == history.epochs[0].loss);
  CHECK(second.substr(0, 6) == "1,0.5,");
  model->fit(data(), {.epochs = 3, .initial_epoch = 2, .silent = true},
             CSVLogger{.filename = path.c_str(), .append = true});
  text = std::istringstream(text_of(path));
  for (int i = 0; i < 4; ++i) std::getline(text, rest);
  CHECK(rest.substr(0, 5) == "2,NA,");
  CHECK_FALSE(std::getline(text, rest));
  model->fit(data(), quiet(1), CSVLogger{.filename = path.c_str(), .separator = ';'});
  CHECK(text_of(path).substr(0, 15) == "epoch;loss;mean");
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), CSVLogger{.filename = "/no such/folder/log.csv"}),
                    Contains("CSVLogger cannot write"));
}

TEST_CASE("ModelCheckpoint names files by epoch and logs, and keeps the best", "[callbacks]") {
  const TemporaryFolder folder;
  Owned model;
  Feed feed{{3, 4, 2}};
  const std::string pattern = (folder / "m-{epoch:02d}-{fed_loss:.1f}.safetensors").string();
  model->fit(data(), quiet(3), feed, ModelCheckpoint{.filepath = pattern.c_str()});
  for (const char* name : {"m-01-3.0.safetensors", "m-02-4.0.safetensors", "m-03-2.0.safetensors"})
    CHECK(fs::exists(folder / name));
  const std::string best = (folder / "best-{epoch}.safetensors").string();
  model->fit(data(), quiet(3), feed,
             ModelCheckpoint{.filepath = best.c_str(), .monitor = "fed_loss", .save_best_only = true});
  CHECK(fs::exists(folder / "best-1.safetensors"));
  CHECK_FALSE(fs::exists(folder / "best-2.safetensors"));
  CHECK(fs::exists(folder / "best-3.safetensors"));
  Owned other;
  other->load((folder / "best-3.safetensors").string().c_str());
  CHECK(other.bytes() == model.bytes());
  CHECK(other->step() == model->step());
  const std::string plain = (folder / "batch.safetensors").string();
  ModelCheckpoint often{.filepath = plain.c_str(), .save_weights_only = true, .save_freq = 3};
  model->fit(data(), quiet(2), often);
  CHECK(fs::exists(plain));
  other->load(plain.c_str());
  CHECK(other->step() == 0);  // weights alone: training begins anew
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), ModelCheckpoint{.filepath = "x{los}"}),
                    Contains("names 'los'"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), ModelCheckpoint{.filepath = "x{loss"}),
                    Contains("'{' without"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), ModelCheckpoint{.filepath = "{loss:q}"}),
                    Contains("the format"));
}

TEST_CASE("callbacks refuse what they cannot do", "[callbacks]") {
  Owned model;
  const auto before = model.bytes();
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), EarlyStopping{}), Contains("give fit validation data"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), EarlyStopping{.monitor = "quality"}),
                    Contains("give it a mode"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), EarlyStopping{.monitor = "loss", .patience = -1}),
                    Contains("EarlyStopping takes a patience"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), ReduceLROnPlateau{.monitor = "loss", .factor = 1}),
                    Contains("ReduceLROnPlateau takes a factor"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), LearningRateScheduler{}), Contains("has no function"));
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), LearningRateScheduler{[](int, float) { return -1.0f; }}),
                    Contains("gave a rate"));
  CHECK(model.bytes() == before);
  CHECK_THROWS_WITH(model->fit(data(), quiet(1), EarlyStopping{.monitor = "los_error"}),
                    Contains("does not report"));
}

}  // namespace
