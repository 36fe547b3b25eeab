// SPDX-License-Identifier: BSL-1.0
#include "examples/mnist/mnist_model.hpp"
#include "examples/mnist/quantized.hpp"
#include "examples/three_ways/article.hpp"

#include <codegen/firmware/export_firmware.hpp>
#include <codegen/formats/etch/import_trained.hpp>
#include <etch/etch.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace etch;

// The same network declared in the two other ways: the compiler checks that all three are one graph.
using article::by_function, article::by_subclass;

static_assert(graph<mnist> == graph<by_function>);
static_assert(graph<mnist> == graph<by_subclass>);
static_assert(numbers<mnist>().total == 119'306);
static_assert(numbers<mnist>().trainable == 118'794 && numbers<mnist>().non_trainable == 512);
static_assert(Deployment<mnist>::arena_bytes <= 4 * 1024,
              "prediction must fit 4 KiB of RAM beside the weights");

constexpr int firmware_images = 100;

Dataset dataset(const host::ImageSet& set) {
  return {Samples{std::span<const std::uint8_t>(set.images)},
          Labels{std::span<const std::uint8_t>(set.labels)}};
}

void write(const std::filesystem::path& path, const void* bytes, std::size_t size) {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  if (!file) throw Error("cannot write " + path.string() + ": check the folder and its free space");
}

/// The images that the firmware predicts, and what the desktop's deployed code says of them.
void write_firmware_test(const host::ImageSet& set, std::span<const std::byte> trained,
                         const std::filesystem::path& folder) {
  using Shipped = Deployment<mnist>;
  alignas(64) static std::byte weights[Shipped::weight_bytes], arena[Shipped::arena_bytes];
  fold_weights<mnist>(trained, weights);
  std::vector<float> images(firmware_images * 784), results(firmware_images * 10);
  const Samples samples{std::span<const std::uint8_t>(set.images)};
  for (std::size_t i = 0; i < firmware_images; ++i) {
    samples.read(i, 784, &images[i * 784]);
    const void* in[] = {&images[i * 784]};
    void* out[] = {&results[i * 10]};
    Shipped::predict(weights, arena, in, out);
  }
  write(folder / "test_images.bin", images.data(), images.size() * sizeof(float));
  write(folder / "test_labels.bin", set.labels.data(), firmware_images);
  write(folder / "desktop_outputs.bin", results.data(), results.size() * sizeof(float));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "mnist_output";
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : 5;
  if (epochs < 1) throw Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  std::filesystem::create_directories(folder);

  const host::Mnist data = host::load_mnist({.download = true, .draw_if_missing = true});
  std::printf("data: %s\n", data.source.c_str());
  auto model =
      compile<mnist>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>);
  model.summary();
  const Dataset test = dataset(data.test);
  model.fit(dataset(data.train), {.epochs = epochs, .validation = &test});
  const Evaluation result = model.evaluate(test);
  std::printf("test accuracy: %.4f  loss: %.4f\n", static_cast<double>(result.metric[0]),
              static_cast<double>(result.loss));

  const std::string weights = (folder / "mnist.safetensors").string();
  model.save(weights.c_str());
  auto again =
      compile<by_subclass>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>);
  again.load(weights.c_str());
  const bool agree = again.evaluate(test).metric[0] == result.metric[0];
  std::printf("three ways: one graph; weights saved by the first load in the third: %s\n",
              agree ? "same" : "DIFFERENT");

  plot_model<mnist>((folder / "mnist.svg").string().c_str());
  host::export_firmware<mnist>(
      model.weights(),
      {.folder = folder / "firmware", .name = "mnist", .header = "mnist_model.hpp", .model = "mnist"});
  write_firmware_test(data.test, model.weights(), folder);
  write(folder / "accuracy.txt", std::to_string(result.metric[0]).data(), 6);
  const host::ImportedModel trained = host::import_trained(model, "mnist");
  const auto real = static_cast<double>(result.metric[0]);
  for (const bool wide : {false, true}) {
    const std::string kind = wide ? "int16" : "int8";
    const double quantized =
        write_quantized(trained, data, wide ? ElementType::i16 : ElementType::i8, folder);
    const double lost = 100 * (real - quantized);
    std::printf("test accuracy: float %.4f  activations of %s %.4f (%+.2f points)\n", real, kind.c_str(),
                quantized, -lost);
    write(folder / ("accuracy_" + kind + ".txt"), std::to_string(quantized).data(), 6);
    if (lost > 0.3) throw Error("the quantized model lost more than 0.3 points of accuracy");
  }
  std::printf("wrote %s: mnist.safetensors, mnist.svg, firmware/, firmware_int8/, firmware_int16/\n",
              folder.string().c_str());
  const bool good = !data.real || epochs < 5 || result.metric[0] >= 0.975f;
  if (!good) std::fprintf(stderr, "error: the test accuracy is below 0.975\n");
  return agree && good ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
