// SPDX-License-Identifier: BSL-1.0
// Which channels are worth training: what the tool measures is what a compiled trainer has, and what it plans
// is what the compiler plans.
#include <etch/etch.hpp>
#include <runtime/host/training/channel_contributions.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "../unit/temporary_folder.hpp"
#include "run_etch.hpp"

using namespace etch;
using test::run_etch;

namespace {

inline constexpr auto network =
    sequential(Input{6, 6, 2}, Conv2D{.filters = 16, .kernel_size = 3, .activation = relu, .name = "wide"},
               Flatten{}, Dense{.units = 24, .activation = relu}, Dense{3}, Softmax{});

template <const auto& Declared, bool Fuse = true>
using TrainerOf = Trainer<Declared, SGDMomentum, SparseCategoricalCrossentropy, hana::tuple<>, 4, Fuse>;

constexpr std::size_t sample = 72, samples = 10;

/// A model that was saved, and samples with their classes.
struct Files {
  TemporaryFolder folder;
  std::string model = path("net.safetensors"), data = path("x.bin"), labels = path("y.csv");
  std::vector<float> x;
  std::vector<std::int32_t> y;
  std::unique_ptr<TrainerOf<network, false>::Storage> storage =
      std::make_unique<TrainerOf<network, false>::Storage>();
  TrainerOf<network, false> trainer{*storage, SGDMomentum{}};

  Files() {
    trainer.initialize(5);
    trainer.save(model.c_str());
    for (std::uint32_t i = 0; i < sample * samples; ++i) x.push_back(random::uniform({1, 2}, 0, 0, i));
    std::ofstream(data, std::ios::binary)
        .write(reinterpret_cast<const char*>(x.data()), static_cast<std::streamsize>(4 * x.size()));
    std::ofstream table(labels);
    table << "class\n";
    for (std::size_t i = 0; i < samples; ++i) {
      y.push_back(static_cast<std::int32_t>(i * i % 3));
      table << y.back() << '\n';
    }
  }
  std::string path(const char* name) const { return (folder.path() / name).string(); }

  /// The same with the compiled trainer.
  std::vector<double> contributions(const std::string& layer) {
    std::vector<double> sums;
    for (const char* weight : {"/kernel", "/bias"})
      for (std::size_t first = 0; first < samples; first += 4) {
        const int rows = static_cast<int>(std::min<std::size_t>(4, samples - first));
        for (std::size_t i = 0; i < sample * static_cast<std::size_t>(rows); ++i)
          trainer.input()[i] = x[sample * first + i];
        for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i)
          static_cast<std::int32_t*>(trainer.labels())[i] = y[first + i];
        const auto some = host::channel_contributions(trainer, layer + weight, rows);
        sums.resize(some.size());
        for (std::size_t i = 0; i < some.size(); ++i) sums[i] += some[i];
      }
    return sums;
  }

  std::vector<std::string> call(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"sensitivity", model, "--data", data, "--labels", labels};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

// What `--ram 52000` chooses, as it is printed.
constexpr const char* constants =
    R"(inline constexpr std::int16_t chosen_dense_channels[]{3, 5, 7, 15, 17, 18, 20, 23};
inline constexpr etch::ChosenChannels chosen_wide{"wide"};
inline constexpr etch::ChosenChannels chosen_dense{"dense", chosen_dense_channels};
inline constexpr etch::ChosenChannels chosen_dense_1{"dense_1"};
inline constexpr auto adapted =
    etch::train_only(etch::chosen_channels(chosen_wide, chosen_dense, chosen_dense_1), network);
)";
inline constexpr std::int16_t chosen_dense_channels[]{3, 5, 7, 15, 17, 18, 20, 23};
inline constexpr etch::ChosenChannels chosen_wide{"wide"};
inline constexpr etch::ChosenChannels chosen_dense{"dense", chosen_dense_channels};
inline constexpr etch::ChosenChannels chosen_dense_1{"dense_1"};
inline constexpr auto adapted =
    etch::train_only(etch::chosen_channels(chosen_wide, chosen_dense, chosen_dense_1), network);

template <const auto& Declared>
inline constexpr TrainingMemory memory =
    training_memory<Declared, SGDMomentum, SparseCategoricalCrossentropy, 4>;

void check_memory(const nlohmann::json& found, const TrainingMemory& compiled) {
  CHECK(found["weights"] == compiled.weights);
  CHECK(found["optimizer"] == compiled.optimizer);
  CHECK(found["arena"] == compiled.arena);
  CHECK(found["ram"] == compiled.total());
  CHECK(found["macs"] == compiled.macs);
}

}  // namespace

TEST_CASE("contributions and memory are those of a compiled trainer", "[sensitivity]") {
  Files files;
  const auto result =
      run_etch(files.call({"--optimizer", "momentum", "--batch", "4", "--ram", "52000", "--json"}));
  INFO(result.err);
  REQUIRE(result.code == 0);
  const auto data = nlohmann::json::parse(result.out);
  REQUIRE(data["layers"].size() == 3);
  for (const auto& layer : data["layers"]) {
    const auto theirs = files.contributions(layer["name"].get<std::string>());
    const auto ours = layer["contributions"].get<std::vector<double>>();
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(theirs[i]).epsilon(1e-14));
  }
  check_memory(data["all"], memory<network>);
  CHECK(data["constants"] == constants);
  check_memory(data["chosen"], memory<adapted>);
  CHECK(data["chosen"]["ram"] <= 52000);
  // All of it, where that fits; less and less contributes where it does not.
  CHECK(nlohmann::json::parse(run_etch(files.call({"--ram", "1M", "--json"})).out)["share"] == 1);
  double before = 1;
  for (const char* ram : {"50000", "42000", "33000"}) {
    const auto less = nlohmann::json::parse(run_etch(files.call({"--ram", ram, "--json"})).out);
    CHECK(less["chosen"]["ram"] <= std::stoi(ram));
    CHECK(less["share"] > 0);
    CHECK(less["share"] <= before);
    before = less["share"];
  }
}

TEST_CASE("what a sensitivity cannot be of is one sentence", "[sensitivity]") {
  const Files files;
  const auto refused = [&](std::vector<std::string> arguments, const std::string& sentence) {
    const auto result = run_etch(std::move(arguments));
    INFO(result.err);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK(std::ranges::count(result.err, '\n') == 1);
    CHECK(result.err.find(sentence) != std::string::npos);
  };
  const auto labelled = [&](const char* name, const std::string& text) {
    std::ofstream(files.path(name)) << text;
    return std::vector<std::string>{"sensitivity", files.model, "--data",
                                    files.data,    "--labels",  files.path(name)};
  };
  refused(files.call({"--ram", "20"}), "' takes at least ");
  refused(files.call({"--ram", "2G"}), "--ram takes bytes");
  refused(files.call({"--optimizer", "lamb"}), "--optimizer takes sgd, momentum or adam, not 'lamb'");
  refused(files.call({"--loss", "mse"}), "--loss takes ");
  refused(files.call({"--loss", "huber"}), "--loss huber takes numbers, and the labels are classes");
  refused(files.call({"--batch", "0"}), "--batch");
  refused(files.call({"--together", "0"}), "--together");
  refused(files.call({"--int8"}), "of a model of floats");
  refused(files.call({"--cut", "dense"}), "leave --cut out");
  refused(files.call({"--labels", files.labels}), "' has 1 output: give a file of labels for each");
  refused({"sensitivity", files.model, "--data", files.data}, "--labels is required");
  refused({"sensitivity", files.model, "--data", files.data, "--labels", files.data}, "is no file of labels");
  refused(labelled("three.csv", "0\n1\n2\n"),
          "has 3 labels, and 10 samples have 10 classes of output 0, or 30");
  refused(labelled("beyond.csv", "0\n1\n2\n3\n0\n0\n0\n0\n0\n0\n"), "label 3 is 3, and classes are");
  refused(labelled("half.csv", "0\n0.5\n2\n1\n0\n0\n0\n0\n0\n0\n"), "label 1 is 0.5, and classes are");
  refused(labelled("below.csv", "0\n1\n2\n-1\n0\n0\n0\n0\n0\n0\n"), "label 3 is -1, and classes are");
}
