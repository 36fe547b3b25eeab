// SPDX-License-Identifier: BSL-1.0
// A batch that runs in parts: the bits of a batch that trains at once, and what the compiler chooses.
// tests/vectors has more networks, with kernels of every width.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <tests/firmware/fit_in/divided_network.hpp>
#include <tests/unit/train/same_training.hpp>

#include <limits>
#include <memory>
#include <string>

namespace {

using namespace etch;
using namespace etch::test;

using Whole = DividedTrainer<whole_network>;
using Divided = DividedTrainer<divided_network>;
constexpr TrainingMemory whole = Whole::Code::memory, parts = Divided::Code::memory;
static_assert(parts.total() < whole.total() && parts.plain_arena == whole.arena);
static_assert(whole.parts == 1 && whole.gradients == 0);
// Of each weight, and the sum of the losses.
static_assert(parts.parts == 3 && parts.gradients == whole.weights + 8);
static_assert(parts.macs == whole.macs && parts.macs_again == 0);
static_assert(graph<divided_network> == graph<whole_network>);

template <const auto& Declared>
inline constexpr TrainingMemory memory =
    training_memory<Declared, SGDMomentum, SparseCategoricalCrossentropy, divided_batch>;
// Without a schedule: parts as large as fit.
inline constexpr auto by_compiler = fit_in(parts.total(), whole_network);
static_assert(memory<by_compiler>.parts == 3 && memory<by_compiler>.total() == parts.total());
// What fits as it is stays as it is, whatever a schedule says.
inline constexpr auto roomy = fit_in(1000_KiB, by_two, whole_network);
static_assert(memory<roomy>.parts == 1 && memory<roomy>.gradients == 0);

template <class Model>
void fill(Model& model, std::uint32_t step) {
  for (std::uint32_t i = 0; i < model.input().size(); ++i)
    model.input()[i] = random::uniform({1, 2}, step, 0, i);
  for (int r = 0; r < divided_batch; ++r)
    static_cast<std::int32_t*>(model.labels())[r] =
        static_cast<std::int32_t>(step + static_cast<unsigned>(r)) % 3;
}

TEST_CASE("a batch in parts has the bits of one at once", "[parts]") {
  const auto one_storage = std::make_unique<Whole::Storage>();
  const auto other_storage = std::make_unique<Divided::Storage>();
  Whole one(*one_storage, SGDMomentum{});
  Divided other(*other_storage, SGDMomentum{});
  check_same_training(one, other, [](auto& model, std::uint32_t step) { fill(model, step); });
}

TEST_CASE("a batch in parts has the bits that it has on a board", "[parts]") {
  const auto one_storage = std::make_unique<Whole::Storage>();
  const auto other_storage = std::make_unique<Divided::Storage>();
  Whole one(*one_storage, SGDMomentum{});
  Divided other(*other_storage, SGDMomentum{});
  CHECK(trained_in_parts(one) == divided_bits);
  CHECK(trained_in_parts(other) == divided_bits);
}

TEST_CASE("a loss that is not finite in a later part changes no weight", "[parts]") {
  const auto storage = std::make_unique<Divided::Storage>();
  Divided model(*storage, SGDMomentum{});
  model.initialize(7);
  fill(model, 0);
  model.train_on_batch(divided_batch);
  const std::uint32_t before = crc32(model.weights()) ^ crc32(model.optimizer_state());
  model.input()[model.input().size() - 1] = std::numeric_limits<float>::quiet_NaN();
  float loss = 0;
  CHECK(model.try_train_on_batch(divided_batch, loss) != nullptr);
  CHECK((crc32(model.weights()) ^ crc32(model.optimizer_state())) == before);
  CHECK(model.step() == 1);
}

TEST_CASE("a summary shows parts and the bytes of gradients", "[parts]") {
  const std::string text = summary_text<divided_network>(parts, {.width = 400});
  INFO(text);
  CHECK(text.find("a batch runs in 3 parts, with ") != std::string::npos);
  CHECK(summary_text<whole_network>(whole).find("parts") == std::string::npos);
}

}  // namespace
