// SPDX-License-Identifier: BSL-1.0
// A training within a number of bytes: the tool finds what the compiler does.
#include <codegen/train/training_fit.hpp>
#include <etch/etch.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "../unit/temporary_folder.hpp"
#include "run_etch.hpp"

using namespace etch;
using test::run_etch;

namespace {

inline constexpr auto network =
    sequential(Input{6, 6, 2}, Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
               Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
               Conv2D{.filters = 2, .kernel_size = 3}, ReLU{}, Flatten{}, Dense{2});
/// The least, as tests/compile_fail/fit_in_too_little.cpp has it.
inline constexpr auto small = fit_in(3'488, network);

/// Of which no result can be left out for long.
inline constexpr auto dense = sequential(Input{64}, Dense{32, relu}, Dense{10, softmax});

using Plain = Trainer<network, SGD, MeanSquaredError, hana::tuple<>, 1>;
using Small = Trainer<small, SGD, MeanSquaredError, hana::tuple<>, 1>::Code;
constexpr TrainingMemory memory = Small::memory;

/// Batches of six, in three parts, and sample by sample with results computed again.
inline constexpr int ram_by_two = 9'000, ram_by_one = 6'500;
inline constexpr auto in_twos = fit_in(ram_by_two, network), one_by_one = fit_in(ram_by_one, network);
constexpr TrainingMemory by_two = training_memory<in_twos, SGD, MeanSquaredError, 6>,
                         by_one = training_memory<one_by_one, SGD, MeanSquaredError, 6>;

std::string saved_in(const TemporaryFolder& folder) {
  const auto storage = std::make_unique<Plain::Storage>();
  Plain trainer(*storage, SGD{});
  trainer.initialize(1);
  const std::string path = (folder.path() / "net.safetensors").string();
  trainer.save(path.c_str());
  return path;
}

}  // namespace

TEST_CASE("the tool finds the schedule that the compiler finds", "[fit_in]") {
  const TemporaryFolder folder;
  const std::string model = saved_in(folder);
  const auto result = run_etch({"fit-in", model, "--ram", "3488", "--json"});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const auto data = nlohmann::json::parse(result.out);
  REQUIRE(data["fits"].size() == 1);
  const auto& fit = data["fits"][0];
  CHECK(fit["ram"] == memory.total());
  CHECK(fit["arena"] == memory.arena);
  CHECK(fit["macs"] == memory.macs);
  CHECK(fit["macs_again"] == memory.macs_again);
  host::TrainingFit compiled;
  const auto& schedule = Small::Chosen::fitted.schedule;
  compiled.schedule.assign(schedule.begin(), schedule.end());
  CHECK(data["constants"] == host::schedule_text(compiled, 3488));
  CHECK(run_etch({"fit-in", model, "--ram", "64K"}).out.find("it fits as it is") != std::string::npos);

  const auto trade = nlohmann::json::parse(run_etch({"fit-in", model, "--json"}).out)["fits"];
  REQUIRE(trade.size() == 2);  // all that is found between the two takes the least
  CHECK(trade.front()["ram"] == Plain::Code::memory.total());
  CHECK(trade.front()["scheduled"] == false);
  CHECK(trade.back()["ram"] == memory.total());
  for (std::size_t k = 1; k < trade.size(); ++k) CHECK(trade[k]["ram"] < trade[k - 1]["ram"]);
}

TEST_CASE("the tool finds the parts that the compiler finds", "[fit_in]") {
  const TemporaryFolder folder;
  const std::string model = saved_in(folder);
  const auto within = [&](int ram) {
    const auto result = run_etch({"fit-in", model, "--ram", std::to_string(ram), "--batch", "6", "--json"});
    INFO(result.err);
    REQUIRE(result.code == 0);
    return nlohmann::json::parse(result.out);
  };
  const auto same = [](const nlohmann::json& fit, const TrainingMemory& compiled) {
    CHECK(fit["ram"] == compiled.total());
    CHECK(fit["arena"] == compiled.arena);
    CHECK(fit["macs_again"] == compiled.macs_again);
    CHECK(fit["parts"] == compiled.parts);
    CHECK(fit["gradients"] == compiled.gradients);
  };
  STATIC_REQUIRE(by_two.parts == 3);
  const auto two = within(ram_by_two);
  same(two["fits"][0], by_two);
  CHECK(two["constants"].get<std::string>().find("schedule[]{{-1, -1, 2}};") != std::string::npos);
  STATIC_REQUIRE(by_one.parts == 6);
  const auto one = within(ram_by_one);
  same(one["fits"][0], by_one);
  CHECK(one["constants"].get<std::string>().find("schedule[]{{-1, -1, 1}, {0},") != std::string::npos);
  const auto text = run_etch({"fit-in", model, "--batch", "6"}).out;
  INFO(text);
  CHECK(text.find("in 3 parts") != std::string::npos);
}

TEST_CASE("the tool says what decides the least", "[fit_in]") {
  const TemporaryFolder folder;
  const auto result = run_etch({"fit-in", saved_in(folder), "--ram", "3K"});
  CHECK(result.code == 1);
  CHECK(result.err.find("takes at least 3,488 bytes") != std::string::npos);
  CHECK(result.err.find("what decides is the result of Activation behind layer 'conv2d'") !=
        std::string::npos);

  using Dense3 = Trainer<dense, SGD, MeanSquaredError, hana::tuple<>, 1>;
  const auto storage = std::make_unique<Dense3::Storage>();
  Dense3 trainer(*storage, SGD{});
  trainer.initialize(1);
  const std::string one = (folder.path() / "one.safetensors").string();
  trainer.save(one.c_str());
  const auto nothing = nlohmann::json::parse(run_etch({"fit-in", one, "--json"}).out);
  CHECK(nothing["fits"].size() == 1);
  INFO(nothing["nothing_less"]);
  CHECK(nothing["nothing_less"].get<std::string>().starts_with("what decides is the result of "));
  CHECK(run_etch({"fit-in", one}).out.find("no training with less is found: ") != std::string::npos);
}

TEST_CASE("a report shows what less memory costs", "[fit_in]") {
  const TemporaryFolder folder;
  const std::string page = (folder.path() / "page.html").string();
  const auto result = run_etch({"report", saved_in(folder), "-o", page, "--json"});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const auto fits = nlohmann::json::parse(result.out)["training"]["fits"];
  REQUIRE(fits.size() == 2);
  CHECK(fits[0]["ram"] == Plain::Code::memory.total());
  CHECK(fits[0]["macs_again"] == 0);
  CHECK(fits[1]["ram"] == memory.total());
  CHECK(fits[1]["arena"] == memory.arena);
  CHECK(fits[1]["macs_again"] == memory.macs_again);
  const auto batch_fits = nlohmann::json::parse(result.out)["training"]["batch_fits"];
  const auto trade = nlohmann::json::parse(
      run_etch({"fit-in", saved_in(folder), "--batch", "8", "--json", "--loss", "mean_squared_error"})
          .out)["fits"];
  REQUIRE(batch_fits.size() == trade.size());
  for (std::size_t k = 0; k < trade.size(); ++k)
    for (const char* key : {"ram", "arena", "parts", "gradients"}) CHECK(batch_fits[k][key] == trade[k][key]);
  CHECK(batch_fits.back()["parts"] == 8);
}

TEST_CASE("what cannot fit is one sentence", "[fit_in]") {
  const TemporaryFolder folder;
  const std::string model = saved_in(folder);
  const auto refused = [&](std::vector<std::string> more, const std::string& sentence) {
    more.insert(more.begin(), {"fit-in", model});
    const auto result = run_etch(std::move(more));
    INFO(result.err);
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK(std::ranges::count(result.err, '\n') == 1);
    CHECK(result.err.find(sentence) != std::string::npos);
  };
  refused({"--ram", "3072"}, "takes at least 3,488 bytes of RAM, weights and all, and --ram allows 3,072");
  refused({"--ram", "1"}, "takes at least 3,488 bytes");
  refused({"--ram", "-3"}, "--ram takes bytes");
  refused({"--loss", "mse"}, "--loss takes ");
  refused({"--int8"}, "of a model of floats");
}
