// SPDX-License-Identifier: BSL-1.0
// Training of a model's last layers: that of a declaration which freezes the others one by one.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "partial_training.hpp"

namespace {

using namespace etch;

inline constexpr auto whole =
    sequential(Input{12}, Dense{8}, BatchNormalization{}, ReLU{}, Dense{5, relu}, Dense{3}, Softmax{});
inline constexpr auto one_by_one = sequential(Input{12}, frozen(Dense{8}), frozen(BatchNormalization{}),
                                              ReLU{}, Dense{5, relu}, Dense{3}, Softmax{});
inline constexpr auto last_two = train_only(last_layers(2), whole);
inline constexpr auto all_four = train_only(last_layers(4), whole);

template <const auto& Declared>
using TrainerOf = Trainer<Declared, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 4>;

static_assert(graph<all_four> == graph<whole>);
static_assert(TrainerOf<last_two>::Code::steps == TrainerOf<one_by_one>::Code::steps);
static_assert(TrainerOf<last_two>::Code::memory.arena == TrainerOf<one_by_one>::Code::memory.arena);
static_assert(TrainerOf<last_two>::Code::memory.optimizer == TrainerOf<one_by_one>::Code::memory.optimizer);
static_assert(TrainerOf<last_two>::Code::steps < TrainerOf<whole>::Code::steps);
static_assert(TrainerOf<last_two>::Code::memory.arena < TrainerOf<whole>::Code::memory.arena);

template <const auto& Declared>
void train(TrainerOf<Declared>& trainer) {
  trainer.initialize(5);
  for (std::uint32_t i = 0; i < 4 * 12; ++i) trainer.input()[i] = random::uniform({1, 2}, 0, 0, i);
  for (int r = 0; r < 4; ++r) static_cast<std::int32_t*>(trainer.labels())[r] = r % 3;
  for (int i = 0; i < 5; ++i) trainer.train_on_batch(4);
}

TEST_CASE("the last layers train as where the others are frozen") {
  const auto storage = std::make_unique<TrainerOf<last_two>::Storage>();
  const auto same_storage = std::make_unique<TrainerOf<one_by_one>::Storage>();
  TrainerOf<last_two> trainer(*storage, Adam{});
  TrainerOf<one_by_one> same(*same_storage, Adam{});
  train<last_two>(trainer);
  train<one_by_one>(same);
  CHECK(std::ranges::equal(trainer.weights(), same.weights()));
  CHECK(std::ranges::equal(trainer.optimizer_state(), same.optimizer_state()));
}

inline constexpr auto still = frozen(whole);
static_assert(graph<still>.steps.count == graph<whole>.steps.count);
static_assert(TrainerOf<still>::Code::memory.optimizer == 0);
static_assert(TrainerOf<still>::Code::steps < TrainerOf<last_two>::Code::steps);

TEST_CASE("a declared model that is frozen predicts, and training moves none of its weights") {
  const auto storage = std::make_unique<TrainerOf<still>::Storage>();
  TrainerOf<still> trainer(*storage, Adam{});
  trainer.initialize(5);
  const std::vector<std::byte> before(trainer.weights().begin(), trainer.weights().end());
  train<still>(trainer);
  CHECK(std::ranges::equal(trainer.weights(), before));
  CHECK(fault_of(train_only(last_layers(1), still)));
}

TEST_CASE("a model trains one of its layers at least, and no more than it has") {
  CHECK_FALSE(fault_of(train_only(last_layers(4), whole)));
  for (const int count : {-1, 0, 5}) {
    const Fault fault = fault_of(train_only(last_layers(count), whole));
    REQUIRE(fault);
    CHECK(std::string_view(fault.sentence).starts_with("a model trains at least one of its layers"));
    CHECK(fault.found == count);
  }
  CHECK(fault_of(train_only(last_layers(5), whole)).expected == 4);
  const auto nested = sequential(Input{12}, train_only(last_layers(1), whole));
  CHECK(std::string_view(fault_of(nested).sentence)
            .starts_with("a model of which a part is trained is no layer"));
  // What is frozen already counts for nothing.
  CHECK(fault_of(train_only(last_layers(3), one_by_one)).expected == 2);
}

TEST_CASE("a summary says which layers are trained") {
  const auto storage = std::make_unique<TrainerOf<last_two>::Storage>();
  TrainerOf<last_two> trainer(*storage, Adam{});
  std::string trained;
  for (const auto& layer : trainer.layers()) trained += layer.trainable ? '1' : '0';
  CHECK(trained == "1001111");  // the input has nothing to train
}

}  // namespace
