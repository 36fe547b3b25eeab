// SPDX-License-Identifier: BSL-1.0
// Trains a classifier of digits, a recurrent network and a convolutional one for 20 steps by either numerics,
// and writes the losses and the bits of everything trained: whatever compiles this for whatever target must
// write the same file. Argument: the file. Prints a hash of each run.

#include <etch/model/training/trainer.hpp>
#include <runtime/boards/common/fail.hpp>

#include <tests/firmware/result_file.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

namespace {

using namespace etch;

constexpr int steps = 20, batch_size = 4;

constexpr auto digits = sequential(Input{28, 28}, Flatten{}, Dense{128}, BatchNormalization{}, ReLU{},
                                   Dense{128}, BatchNormalization{}, ReLU{}, Dense{10}, Softmax{});
constexpr auto sequences =
    sequential(Input{9, 5}, LSTM{.units = 13, .return_sequences = true}, GRU{.units = 9},
               LayerNormalization{}, Dense{.units = 6, .kernel_regularizer = L2{0.01f}}, Softmax{});
constexpr auto pictures = sequential(
    Input{12, 12, 3}, Conv2D{.filters = 10, .kernel_size = 3, .padding = Padding::same, .activation = relu},
    MaxPooling2D{}, DepthwiseConv2D{.kernel_size = 3, .activation = ActivationKind::tanh},
    Conv2D{.filters = 7, .kernel_size = 1, .activation = ActivationKind::gelu}, Flatten{}, Dense{6},
    Softmax{});

constexpr auto digits_fused = with_numerics(Numerics::fused, digits);
constexpr auto sequences_fused = with_numerics(Numerics::fused, sequences);
constexpr auto pictures_fused = with_numerics(Numerics::fused, pictures);

/// The same numbers on every target.
class Draws {
 public:
  std::uint32_t next() {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 12;
  }
  /// Half of them zeros, as pixels are; the others up to 1.
  float pixel() { return next() % 2 == 0 ? 0.0f : static_cast<float>(next() % 255 + 1) / 255.0f; }

 private:
  std::uint32_t state_ = 5;
};

/// FNV-1a of what is written to a file.
class Record {
 public:
  explicit Record(ResultFile& file) : file_(file) {}

  void put(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) hash_ = (hash_ ^ static_cast<std::uint32_t>(b)) * 16777619U;
    file_.put(bytes.data(), bytes.size());
  }
  std::uint32_t take_hash() {
    const std::uint32_t hash = hash_;
    hash_ = 2166136261U;
    return hash;
  }

 private:
  ResultFile& file_;
  std::uint32_t hash_ = 2166136261U;
};

/// One network at a time: boards have no room for all.
alignas(64) [[gnu::section(".external_bss")]] std::byte memory[1 << 20];

template <const auto& Declared, class Optimizer>
std::uint32_t train(const Optimizer& optimizer, int classes, Record& record) {
  using Trained = Trainer<Declared, Optimizer, SparseCategoricalCrossentropy, hana::tuple<>, batch_size>;
  static_assert(sizeof(typename Trained::Storage) <= sizeof memory);
  auto& storage = *::new (memory) typename Trained::Storage();
  Trained model(storage, optimizer, {}, 3);
  model.initialize(3);
  Draws draw;
  for (int step = 0; step < steps; ++step) {
    for (float& x : model.input()) x = draw.pixel();
    auto* const labels = static_cast<std::int32_t*>(model.labels());
    for (int i = 0; i < batch_size; ++i)
      labels[i] = static_cast<std::int32_t>(draw.next() % static_cast<std::uint32_t>(classes));
    const float loss = model.train_on_batch(batch_size);
    record.put(std::as_bytes(std::span(&loss, 1)));
  }
  record.put(model.weights());
  record.put(model.optimizer_state());
  return record.take_hash();
}

void write_hash(const char* name, std::uint32_t hash) {
  char text[] = "  00000000\n";
  for (int i = 0; i < 8; ++i) text[2 + i] = "0123456789abcdef"[hash >> (28 - 4 * i) & 15];
  board_write(name);
  board_write(text);
}

/// The three networks: all by one of the numerics, so that each is a half of the file.
struct Hashes {
  std::uint32_t digits, sequences, pictures;
};

template <const auto& Digits, const auto& Sequences, const auto& Pictures>
Hashes train_all(const char* numerics, Record& record) {
  const Hashes hashes{train<Digits>(SGDMomentum{.learning_rate = 0.02f}, 10, record),
                      train<Sequences>(RMSprop{}, 6, record), train<Pictures>(Adam{}, 6, record)};
  board_write(numerics);
  board_write("\n");
  write_hash("digits", hashes.digits);
  write_hash("sequences", hashes.sequences);
  write_hash("pictures", hashes.pictures);
  return hashes;
}

}  // namespace

extern "C" int firmware_main() {
  ResultFile file;
  Record record(file);
  const Hashes separate = train_all<digits, sequences, pictures>("separate", record);
  const Hashes fused = train_all<digits_fused, sequences_fused, pictures_fused>("fused", record);
  const bool differ = separate.digits != fused.digits && separate.sequences != fused.sequences &&
                      separate.pictures != fused.pictures;
  file.close();
  board_write(differ ? "they differ\n" : "they are the same\n");
  board_write("numerics ok\n");
  return 0;
}
