// SPDX-License-Identifier: BSL-1.0
//   train <folder>     trains on MNIST, writes the encoder as firmware and 100 test images
//   restore <folder>   compares the device's codes with the desktop's, and restores the images from them
#include "examples/autoencoder/autoencoder_model.hpp"

#include <codegen/firmware/export_firmware.hpp>
#include <etch/etch.hpp>
#include <etch/model/program/predictor.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace etch;
using Floats = std::vector<float>;

constexpr int pixels = 28 * 28, code_numbers = 16, sent_images = 100;

// What the device needs: less than half of the weights that are trained, and RAM for one activation.
static_assert(Deployment<encoder>::weight_bytes * 2 < Deployment<encoder>::source.weight_bytes);
static_assert(Deployment<encoder>::arena_bytes == 4 * 8 * pixels, "its largest activation, and no more");

/// The whole of the network, as it is trained.
auto& network() {
  static auto model =
      compile<autoencoder>(Adam{.learning_rate = 4e-3f}, BinaryCrossentropy{}, hana::make_tuple(), batch<32>);
  return model;
}

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  const int n = text ? std::atoi(text) : otherwise;
  if (n < 1) throw Error(std::string(variable) + " must be a number, at least 1");
  return n;
}

/// The first images of a set as floats from 0 to 1: inputs and targets at once.
Floats images_of(const host::ImageSet& set, int count) {
  count = std::min(count, static_cast<int>(set.images.size()) / pixels);
  Floats x(static_cast<std::size_t>(count * pixels));
  const Samples samples{std::span<const std::uint8_t>(set.images)};
  for (int i = 0; i < count; ++i)
    samples.read(static_cast<std::size_t>(i), pixels, &x[static_cast<std::size_t>(i * pixels)]);
  return x;
}

Dataset to_itself(std::span<const float> images) { return {Samples{images}, Labels{images}}; }

/// The share of the variance between images that a restoration explains: 1 is all, 0 no more than the mean
/// image.
double explained(std::span<const float> images, std::span<const float> restored) {
  std::vector<double> mean(pixels);
  const std::size_t count = images.size() / pixels;
  for (std::size_t i = 0; i < images.size(); ++i) mean[i % pixels] += images[i] / static_cast<double>(count);
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    lost += (images[i] - restored[i]) * (images[i] - restored[i]);
    all += (images[i] - mean[i % pixels]) * (images[i] - mean[i % pixels]);
  }
  return 1 - lost / all;
}

void write(const std::filesystem::path& path, std::span<const float> numbers) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size_bytes()));
  if (!file.flush()) throw Error("cannot write " + path.string() + ": check the folder and its free space");
}

Floats read(const std::filesystem::path& path, int count) {
  Floats numbers(static_cast<std::size_t>(count));
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(4 * numbers.size())))
    throw Error(path.string() + " does not hold " + std::to_string(count) + " numbers: run `train` first");
  return numbers;
}

/// Codes of images, by the code that ships.
Floats encode(std::span<const float> images) {
  using Shipped = Deployment<encoder>;
  alignas(64) static std::byte weights[Shipped::weight_bytes], arena[Shipped::arena_bytes];
  fold_weights<encoder>(network().weights(), weights);
  const std::size_t count = images.size() / pixels;
  Floats codes(count * code_numbers);
  for (std::size_t i = 0; i < count; ++i) {
    const void* in[] = {&images[i * pixels]};
    void* out[] = {&codes[i * code_numbers]};
    Shipped::predict(weights, arena, in, out);
  }
  return codes;
}

/// Images from codes, by the other half of the network on the weights of the whole.
Floats decode(std::span<const float> codes) {
  static Predictor<decoder> half;
  const std::size_t count = codes.size() / code_numbers;
  Floats images(count * pixels);
  for (std::size_t i = 0; i < count; ++i)
    half.predict(network().weights(), std::array<const float*, 1>{&codes[i * code_numbers]},
                 std::array<float*, 1>{&images[i * pixels]});
  return images;
}

int train(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const host::Mnist data = host::load_mnist({.download = true, .draw_if_missing = true});
  std::printf("data: %s\n", data.source.c_str());
  const Floats images = images_of(data.train, number_from("ETCH_IMAGES", 5'000));
  const Floats test = images_of(data.test, 1'000);
  auto& model = network();
  model.summary();
  const int epochs = number_from("ETCH_EPOCHS", 4);
  model.fit(to_itself(images), {.epochs = epochs});

  const Floats codes = encode(test), restored = decode(codes);
  const float loss = model.evaluate(to_itself(test)).loss;
  const double share = explained(test, restored);
  std::printf("test loss (binary crossentropy): %.4f\n", static_cast<double>(loss));
  std::printf("16 numbers explain %.1f %% of the variance of 784 pixels, on test images\n", 100 * share);

  model.save((folder / "autoencoder.safetensors").string().c_str());
  host::export_firmware<encoder>(model.weights(), {.folder = folder / "firmware",
                                                   .name = "encoder",
                                                   .header = "autoencoder_model.hpp",
                                                   .model = "encoder"});
  write(folder / "test_images.bin", std::span(test).first(sent_images * pixels));
  write(folder / "desktop_codes.bin", std::span(codes).first(sent_images * code_numbers));
  std::printf("weights: whole network %d bytes, shipped encoder %d bytes\n",
              Deployment<encoder>::source.weight_bytes, Deployment<encoder>::weight_bytes);
  const bool good = !data.real || epochs < 4 || share >= 0.6;
  if (!good) std::fprintf(stderr, "error: the codes explain less than 60 %% of the variance\n");
  return good ? 0 : 1;
}

int restore(const std::filesystem::path& folder) {
  network().load((folder / "autoencoder.safetensors").string().c_str());
  const Floats images = read(folder / "test_images.bin", sent_images * pixels);
  const Floats here = read(folder / "desktop_codes.bin", sent_images * code_numbers);
  const Floats there = read(folder / "device_codes.bin", sent_images * code_numbers);
  const bool same_bits = std::memcmp(here.data(), there.data(), 4 * here.size()) == 0;
  std::printf("codes of %d images from the device: %s\n", sent_images,
              same_bits ? "the desktop's, bit for bit" : "DIFFERENT from the desktop's");
  std::printf("restored on the desktop from the device's codes (64 bytes each): %.1f %% of the variance\n",
              100 * explained(images, decode(there)));
  return same_bits ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc == 3 ? argv[1] : "";
  if (what == "train") return train(argv[2]);
  if (what == "restore") return restore(argv[2]);
  std::fprintf(stderr, "usage: autoencoder train <folder> | restore <folder>\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
