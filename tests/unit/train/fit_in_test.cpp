// SPDX-License-Identifier: BSL-1.0
// A compiled model whose training fits in a number of bytes: what the compiler knows of it, and its bits.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/training_slices.hpp>
#include <tests/firmware/fit_in/fitted_network.hpp>

#include <algorithm>
#include <memory>
#include <string>

namespace {

using namespace etch;
using namespace etch::test;

inline constexpr TrainingMemory plain = TrainerOf<network>::Code::memory;
inline constexpr TrainingMemory fitted = TrainerOf<small>::Code::memory;
static_assert(plain.total() > given && fitted.total() <= given);
static_assert(fitted.arena < plain.arena && fitted.plain_arena == plain.arena);
static_assert(fitted.weights == plain.weights && fitted.optimizer == plain.optimizer);
static_assert(fitted.macs == plain.macs && fitted.macs_again > 0 && plain.macs_again == 0);
static_assert(graph<small> == graph<network>);
// A schedule that was found before gives the same program.
inline constexpr struct Found {
  ScheduledStep item[TrainerOf<small>::Code::Chosen::fitted.schedule.count]{};
} found = [] {
  Found copy;
  int count = 0;
  for (const ScheduledStep& step : TrainerOf<small>::Code::Chosen::fitted.schedule) copy.item[count++] = step;
  return copy;
}();
inline constexpr auto scheduled = fit_in(given, found.item, network);
static_assert(TrainerOf<scheduled>::Code::graph == TrainerOf<small>::Code::graph);
static_assert(TrainerOf<scheduled>::Code::memory.total() == fitted.total());
// What fits as it is stays as it is.
inline constexpr auto roomy = fit_in(1000_KiB, network);
static_assert(TrainerOf<roomy>::Code::steps == TrainerOf<network>::Code::steps);

TEST_CASE("a training that fits in less has the bits of the one that does not") {
  const auto one_storage = std::make_unique<TrainerOf<network>::Storage>();
  const auto other_storage = std::make_unique<TrainerOf<small>::Storage>();
  TrainerOf<network> one(*one_storage, Adam{});
  TrainerOf<small> other(*other_storage, Adam{});
  one.initialize(7);
  other.initialize(7);
  TrainingSlices slices(other);
  for (std::uint32_t step = 0; step < 100; ++step) {
    fill(one, step);
    fill(other, step);
    const float loss = one.train_on_batch(2);
    if (step % 2 == 0) {
      CHECK(other.train_on_batch(2) == loss);
      continue;
    }
    slices.begin(2);
    while (slices.run() == Slice::more) {
    }
  }
  CHECK(std::ranges::equal(one.weights(), other.weights()));
  CHECK(std::ranges::equal(one.optimizer_state(), other.optimizer_state()));
}

TEST_CASE("a training has the bits that it has on a board") {
  const auto one_storage = std::make_unique<TrainerOf<network>::Storage>();
  const auto other_storage = std::make_unique<TrainerOf<small>::Storage>();
  TrainerOf<network> one(*one_storage, Adam{});
  TrainerOf<small> other(*other_storage, Adam{});
  CHECK(trained(one) == trained_bits);
  CHECK(trained(other) == trained_bits);
}

TEST_CASE("a summary shows what a training in less memory costs") {
  const std::string text = summary_text<small>(fitted, {.width = 100});
  INFO(text);
  CHECK(text.find("Training fits in: activations take ") != std::string::npos);
  CHECK(summary_text<network>(plain).find("Training fits in") == std::string::npos);
}

TEST_CASE("fit_in takes bytes, for a whole model") {
  const auto fault_of = [](const auto& declared) {
    const auto g = std::make_unique<Builder>();
    trace_at_run_time(declared, *g);
    return g->graph.fault;
  };
  CHECK_FALSE(fault_of(small));
  CHECK(std::string_view(fault_of(fit_in(0, network)).sentence).starts_with("fit_in takes the bytes of RAM"));
  const auto nested = sequential(Input{10, 10, 1}, fit_in(64_KiB, network));
  CHECK(std::string_view(fault_of(nested).sentence).starts_with("a model that fits in a RAM is no layer"));
}

}  // namespace
