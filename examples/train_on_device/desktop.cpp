// SPDX-License-Identifier: BSL-1.0
// The desktop's part of training on a device:
//   prepare <batches>            writes the batches that the device trains on, and one more
//   compare <batches> <state>    trains the same on the desktop, compares with the device's state, goes on
//   from it

#include "examples/train_on_device/train_model.hpp"

#include <etch/etch.hpp>
#include <runtime/host/data/drawn_digits.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/safetensors.hpp>

#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace train_on_device;

/// Means of 2x2 pixels, between 0 and 1.
void shrink(const std::uint8_t* image, float* to) {
  for (int row = 0; row < 14; ++row)
    for (int column = 0; column < 14; ++column) {
      const std::uint8_t* at = image + 2 * (28 * row + column);
      to[14 * row + column] = static_cast<float>(at[0] + at[1] + at[28] + at[29]) * (1.0f / 1020.0f);
    }
}

Batch make_batch(const etch::host::ImageSet& set, int first) {
  Batch batch;
  for (int i = 0; i < batch_size; ++i) {
    shrink(&set.images[static_cast<std::size_t>((first + i) * 28 * 28)], batch.images + i * image_elements);
    batch.labels[i] = set.labels[static_cast<std::size_t>(first + i)];
  }
  return batch;
}

void prepare(const std::string& path) {
  const etch::host::ImageSet set = etch::host::draw_digits((steps + 1) * batch_size, seed);
  std::ofstream file(path, std::ios::binary);
  for (int step = 0; step <= steps; ++step) {
    const Batch batch = make_batch(set, step * batch_size);
    file.write(reinterpret_cast<const char*>(&batch), sizeof batch);
  }
  if (!file.flush()) throw etch::Error("cannot write " + path);
}

std::vector<Batch> read_batches(const std::string& path) {
  std::vector<Batch> batches(steps + 1);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(batches.data()),
                 static_cast<std::streamsize>(batches.size() * sizeof(Batch))))
    throw etch::Error(path + " does not hold the batches: run `prepare` first");
  return batches;
}

const etch::host::Tensor& find(const etch::host::SafetensorsFile& file, const etch::TensorEntry& entry) {
  const etch::host::Tensor* tensor = file.find(entry.name);
  if (!tensor || file.data(*tensor).size() != entry.data.size())
    throw etch::Error("the device's state has no " + std::string(entry.name) + " of the right size");
  return *tensor;
}

bool same_bits(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Compares and prints every tensor; returns how many differ.
int compare_state(Trainer& trainer, const etch::host::SafetensorsFile& device) {
  const etch::TrainingState<Trainer> state(trainer);
  int different = 0;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const etch::TensorEntry entry = state[i];
    const bool same = same_bits(entry.data, device.data(find(device, entry)));
    std::printf("  %-42s %6zu bytes  %s\n", std::string(entry.name).c_str(), entry.data.size(),
                same ? "same bits" : "DIFFERENT");
    different += !same;
  }
  return different;
}

int compare(const std::string& batches_path, const std::string& state_path) {
  const std::vector<Batch> batches = read_batches(batches_path);
  const auto device = etch::host::SafetensorsFile::read(state_path);

  static Trainer::Storage storage, continued_storage;
  Trainer here(storage, optimizer, {}, seed);
  here.initialize(seed);
  float first = 0, last = 0;
  for (int step = 0; step < steps; ++step) {
    last = train(here, batches[static_cast<std::size_t>(step)]);
    if (step == 0) first = last;
  }
  std::printf("trained %d steps on the desktop: loss from %.4f to %.4f\n", steps, static_cast<double>(first),
              static_cast<double>(last));
  std::printf("the device's state, beside the desktop's:\n");
  int different = compare_state(here, device);

  Trainer continued(continued_storage, optimizer);
  continued.load(state_path.c_str());
  const float expected = train(here, batches[steps]), loss = train(continued, batches[steps]);
  const bool same = same_bits(here.weights(), continued.weights()) &&
                    same_bits(here.optimizer_state(), continued.optimizer_state()) &&
                    std::memcmp(&expected, &loss, sizeof loss) == 0 && here.step() == continued.step();
  std::printf("step %u, continued from the device's state: loss %.9g, weights and velocities %s\n",
              static_cast<unsigned>(continued.step()), static_cast<double>(loss),
              same ? "same bits" : "DIFFERENT");
  different += !same;
  return different == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "prepare" && argc == 3) return prepare(argv[2]), 0;
  if (what == "compare" && argc == 4) return compare(argv[2], argv[3]);
  std::fprintf(stderr, "usage: train_on_device prepare <batches> | compare <batches> <state>\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
