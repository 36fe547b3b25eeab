// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/etch.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace etch::test {

/// What a model computes, as one number: FNV-1a over the bits of its floats. NaNs count as one.
class Digest {
 public:
  void add(std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
      std::uint32_t word = 0;
      std::memcpy(&word, &bytes[i], 4);
      add_word(word);
    }
  }
  void add(std::span<const float> numbers) { add(std::as_bytes(numbers)); }
  void add(float number) { add_word(std::bit_cast<std::uint32_t>(number)); }
  unsigned long long value() const { return value_; }

 private:
  void add_word(std::uint32_t word) {
    if ((word & 0x7fffffffU) > 0x7f800000U) word = 0x7fc00000U;
    value_ = (value_ ^ word) * 1099511628211ULL;
  }
  std::uint64_t value_ = 14695981039346656037ULL;
};

/// Which numbers a model reads: any between -1 and 1, or some that kernels could meet by other instructions.
enum class Numbers { usual, sparse, huge, tiny, not_finite };

inline float number(Numbers numbers, std::uint32_t step, std::uint32_t i) {
  const float drawn = 2 * random::uniform({1, 2}, step, 0, i) - 1;
  const float kind = random::uniform({3, 4}, step, 0, i);
  switch (numbers) {
    case Numbers::usual:
      return drawn;
    case Numbers::sparse:
      return kind < 0.5f ? 0.0f : kind < 0.75f ? -0.0f : drawn;
    case Numbers::huge:
      return drawn * 1e19f;
    case Numbers::tiny:
      return drawn * 1e-38f;
    case Numbers::not_finite:
      break;
  }
  return kind < 0.01f   ? std::bit_cast<float>(0x7fc00000U)
         : kind < 0.02f ? std::bit_cast<float>(0x7f800000U)
         : kind < 0.03f ? std::bit_cast<float>(0xff800000U)
                        : drawn;
}

template <class Model>
void fill(Model& model, Numbers numbers, std::uint32_t step) {
  for (std::uint32_t i = 0; i < model.input().size(); ++i) model.input()[i] = number(numbers, step, i);
  constexpr const auto& out = Model::Code::output[0];
  for (std::uint32_t i = 0; i < Model::Code::batch_size * static_cast<unsigned>(out.label_elements()); ++i) {
    const float drawn = random::uniform({5, 6}, step, 0, i);
    if constexpr (out.classes)
      static_cast<std::int32_t*>(model.labels())[i] = static_cast<std::int32_t>(2 * drawn);
    else
      static_cast<float*>(model.labels())[i] = drawn;
  }
}

/// Predictions of the deployed model, which has normalization folded.
template <const auto& Declared>
Digest deployed(std::span<const std::byte> weights, std::span<const float> x, std::size_t elements) {
  using Shipped = Deployment<Declared>;
  std::vector<float> shipped(Shipped::weight_bytes / 4 + 1), y(elements);
  struct alignas(64) Arena {
    std::byte at[Shipped::arena_bytes + 1];
  };
  const auto arena = std::make_unique<Arena>();
  fold_weights<Declared>(weights, std::as_writable_bytes(std::span(shipped)));
  const void* const in[]{x.data()};
  void* const out[]{y.data()};
  Shipped::predict(std::as_bytes(std::span(shipped)).data(), arena->at, in, out);
  Digest digest;
  digest.add(y);
  return digest;
}

/// Prints a line a stage of a model: predictions, three steps of training (of all rows, of some, of one) with
/// weights and state of the optimizer, predictions, the deployed model.
template <const auto& Declared, int Batch, class Optimizer, class Loss>
void show(const char* name, Optimizer optimizer, Loss, Numbers numbers) {
  using Model = Trainer<Declared, Optimizer, Loss, hana::tuple<>, Batch>;
  const auto storage = std::make_unique<typename Model::Storage>();
  Model model(*storage, optimizer);
  model.initialize(7);
  constexpr std::size_t samples = 2 * Batch + 3;
  std::vector<float> x(samples * Model::Code::input_elements), y(samples * Model::Code::output_elements);
  for (std::uint32_t i = 0; i < x.size(); ++i) x[i] = number(numbers, 100, i);
  const auto predict = [&](const char* stage) {
    Digest digest;
    model.predict(x, y);
    digest.add(y);
    std::printf("%s %s %016llx\n", name, stage, digest.value());
  };
  predict("predictions");
  for (std::uint32_t step = 0; step < 3; ++step) {
    fill(model, numbers, step);
    const int rows = step == 0 ? Batch : step == 1 ? (Batch + 1) / 2 : 1;
    float loss = 0;
    const bool stopped = model.try_train_on_batch(rows, loss) != nullptr;
    Digest weights, state;
    weights.add(model.weights());
    state.add(model.optimizer_state());
    std::printf("%s step %u: loss %08x%s, weights %016llx, state %016llx\n", name, step,
                std::bit_cast<unsigned>(stopped ? 0 : loss), stopped ? " stopped" : "", weights.value(),
                state.value());
  }
  predict("predictions after training");
  if constexpr (Model::Code::program.plan.state_bytes == 0)
    std::printf("%s deployed %016llx\n", name,
                deployed<Declared>(model.weights(), x, Model::Code::output_elements).value());
  std::fflush(stdout);
}

}  // namespace etch::test
