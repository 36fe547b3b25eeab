// SPDX-License-Identifier: BSL-1.0
#include "examples/mnist/quantized.hpp"

#include <codegen/firmware/emit_model.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/quantize/quantize.hpp>
#include <runtime/host/error.hpp>
#include <runtime/kernels/portable/quantize.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace etch;

constexpr std::size_t pixels = 784, classes = 10, calibration_images = 300, firmware_images = 100;

/// Images as the network was trained on: from 0 to 1.
std::vector<float> floats_of(const host::ImageSet& set, std::size_t first, std::size_t count) {
  std::vector<float> x(count * pixels);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(set.images[first * pixels + i]) / 255.0f;
  return x;
}

void write(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw Error("cannot write " + path.string() + ": check the folder and its free space");
}

/// Runs the test images, whose numbers are stored as T, and writes those of the firmware.
template <class T>
double predict_all(const host::ImportedModel& model, const host::Mnist& data,
                   const std::filesystem::path& folder, const std::string& suffix) {
  host::ModelSession session(model);
  const auto input = static_cast<std::size_t>(model.graph->inputs[0]);
  const host::Quantization q = model.values[input].quantization;
  std::vector<T> image(pixels), images, outputs;
  std::size_t right = 0;
  const std::size_t count = data.test.labels.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> x = floats_of(data.test, i, 1);
    kernels::quantize(static_cast<int>(pixels), x.data(), q.scale, q.zero_point, image.data());
    session.run(std::as_bytes(std::span(image)));
    const auto* const y = reinterpret_cast<const T*>(session.output().data());
    right += std::max_element(y, y + classes) - y == data.test.labels[i] ? 1 : 0;
    if (i >= firmware_images) continue;
    images.insert(images.end(), image.begin(), image.end());
    outputs.insert(outputs.end(), y, y + classes);
  }
  write(folder / ("test_images" + suffix + ".bin"), std::as_bytes(std::span(images)));
  write(folder / ("desktop_outputs" + suffix + ".bin"), std::as_bytes(std::span(outputs)));
  return static_cast<double>(right) / static_cast<double>(count);
}

/// The int8 model with weights of 4 bits, fitted to the calibration images.
host::ImportedModel with_narrow_weights(const host::ImportedModel& quantized, std::span<const float> images) {
  const host::Quantization q =
      quantized.values[static_cast<std::size_t>(quantized.graph->inputs[0])].quantization;
  std::vector<std::int8_t> stored(images.size());
  kernels::quantize(static_cast<int>(images.size()), images.data(), q.scale, q.zero_point, stored.data());
  std::vector<host::StoredSample> samples;
  for (std::size_t at = 0; at < stored.size(); at += pixels)
    samples.push_back({std::as_bytes(std::span(stored).subspan(at, pixels))});
  host::NarrowReport report;
  host::ImportedModel model = host::narrow_weights(quantized, samples, {}, &report);
  std::printf("%s\n", host::sentence_of(report).c_str());
  return model;
}

}  // namespace

double write_quantized(const host::ImportedModel& trained, const host::Mnist& data, ElementType activations,
                       const std::filesystem::path& folder) {
  const bool wide = activations == ElementType::i16;
  const std::string kind = wide ? "16x8" : "int8", suffix = wide ? "_int16" : "_int8";
  host::QuantizeOptions options;
  options.activations = activations;
  host::QuantizationReport report;
  const std::vector<float> images =
      floats_of(data.train, 0, std::min(calibration_images, data.train.labels.size()));
  const host::ImportedModel quantized = host::quantize(trained, images, options, &report);
  std::printf("%s, on the calibration images:\n%s", kind.c_str(), host::text_of(report).c_str());
  const host::ImportedModel model = host::prepare(quantized);
  host::emit_model(model, {folder / ("firmware" + suffix), "mnist", "the trained network, in " + kind});
  if (wide) return predict_all<std::int16_t>(model, data, folder, suffix);
  const double accuracy = predict_all<std::int8_t>(model, data, folder, suffix);
  const host::ImportedModel narrow = host::prepare(with_narrow_weights(quantized, images));
  const double narrow_accuracy = predict_all<std::int8_t>(narrow, data, folder, "_int4");
  std::printf("test accuracy: weights of 8 bits %.4f  of 4 bits %.4f\n", accuracy, narrow_accuracy);
  if (accuracy - narrow_accuracy > 0.005)
    throw Error("weights of 4 bits lost more than 0.5 points of accuracy");
  return accuracy;
}
