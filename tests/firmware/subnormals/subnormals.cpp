// SPDX-License-Identifier: BSL-1.0
// Predicts and trains where weights, inputs or only the sums of their products are subnormal, and writes the
// bits of what comes out: every core must give those of the desktop. Argument: the file.

#include <etch/model/training/trainer.hpp>
#include <runtime/boards/common/fail.hpp>

#include <tests/firmware/result_file.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using namespace etch;

constexpr int features = 16, batch_size = 8, results = 8, steps = 2;
constexpr auto model =
    sequential(Input{features}, Dense{16, relu}, BatchNormalization{}, Dense{16, relu}, Dense{results});
using Model = Trainer<model, SGDMomentum, MeanSquaredError, hana::tuple<>, batch_size>;

Model::Storage storage;
float predictions[batch_size * results];

/// Powers of 2 between which numbers are drawn: below -126 they are subnormal.
struct Exponents {
  int lowest, highest;
};

/// The first layer's weights and the inputs; what else there is lies about 1, and the targets are subnormal.
struct Case {
  const char* subnormal;
  Exponents weights, inputs;
};
constexpr Exponents small{-143, -133}, about_one{-2, 0};
constexpr Case cases[] = {
    {"weights", small, about_one}, {"inputs", about_one, small}, {"sums", {-72, -70}, {-68, -64}}};

/// The same numbers on every core, of both signs.
class Draws {
 public:
  float operator()(Exponents e) {
    int exponent = e.lowest + static_cast<int>(next() % static_cast<unsigned>(e.highest - e.lowest + 1));
    float x = 1 + static_cast<float>(next() % 1024) / 1024;
    for (; exponent < 0; ++exponent) x *= 0.5f;
    return next() % 2 != 0 ? -x : x;
  }
  void fill(std::span<float> values, Exponents e) {
    for (float& x : values) x = (*this)(e);
  }

 private:
  std::uint32_t next() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 12;
  }
  std::uint32_t state_ = 9;
};

std::span<float> floats(std::span<std::byte> bytes) {
  return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

/// Writes the bits. \param some whether some of the numbers must be subnormal for the case to show anything
void write(ResultFile& file, std::span<const float> values, bool some) {
  int subnormal = 0;
  for (const float x : values) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(x) & 0x7fffffff;
    subnormal += magnitude != 0 && magnitude < 0x00800000;
  }
  if (some && subnormal < 16) fail("hardly any result is subnormal");
  file.put(values.data(), values.size_bytes());
}

void run(const Case& c, Draws& draw, ResultFile& file) {
  Model trainer(storage, {.learning_rate = 0.5f});
  trainer.initialize(1);
  const std::span<float> weights = floats(trainer.weights());
  draw.fill(weights.first(features * 16), c.weights);
  const std::span<float> labels{static_cast<float*>(trainer.labels()), batch_size * results};
  for (int step = 0; step < steps; ++step) {
    draw.fill(trainer.input(), c.inputs);
    draw.fill(labels, small);
    trainer.predict(trainer.input(), predictions);
    write(file, predictions, true);
    const float loss = trainer.train_on_batch(batch_size);
    write(file, {&loss, 1}, false);
    write(file, weights, false);
    write(file, floats(trainer.optimizer_state()), true);
  }
}

}  // namespace

extern "C" int firmware_main() {
  ResultFile file;
  Draws draw;
  for (const Case& c : cases) {
    board_write(c.subnormal);
    board_write("\n");
    run(c, draw, file);
  }
  file.close();
  board_write("subnormals ok\n");
  return 0;
}
