// SPDX-License-Identifier: BSL-1.0
#include "examples/mnist/int8.hpp"

#include <codegen/emit_model.hpp>
#include <codegen/model_session.hpp>
#include <codegen/prepare.hpp>
#include <codegen/quantize/quantize.hpp>
#include <runtime/host/error.hpp>
#include <runtime/kernels/portable/quantize.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
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

void write(const std::filesystem::path& path, std::span<const std::int8_t> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw Error("cannot write " + path.string() + ": check the folder and its free space");
}

}  // namespace

double write_int8(const host::ImportedModel& trained, const host::Mnist& data,
                  const std::filesystem::path& folder) {
  host::QuantizationReport report;
  const host::ImportedModel quantized = host::quantize(
      trained, floats_of(data.train, 0, std::min(calibration_images, data.train.labels.size())), {}, &report);
  std::printf("int8, on the calibration images:\n%s", host::text_of(report).c_str());
  const host::ImportedModel model = host::prepare(quantized, {host::Target::cortex_m_dsp});
  host::emit_model(model, {folder / "firmware_int8", "mnist", "the trained network, in int8"});

  host::ModelSession session(model);
  const auto input = static_cast<std::size_t>(model.graph->inputs[0]);
  const host::Quantization q = model.values[input].quantization;
  std::vector<std::int8_t> image(pixels), images, outputs;
  std::size_t right = 0;
  const std::size_t count = data.test.labels.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> x = floats_of(data.test, i, 1);
    kernels::quantize(static_cast<int>(pixels), x.data(), q.scale, q.zero_point, image.data());
    session.run(std::as_bytes(std::span(image)));
    const auto* const y = reinterpret_cast<const std::int8_t*>(session.output().data());
    right += std::max_element(y, y + classes) - y == data.test.labels[i] ? 1 : 0;
    if (i >= firmware_images) continue;
    images.insert(images.end(), image.begin(), image.end());
    outputs.insert(outputs.end(), y, y + classes);
  }
  write(folder / "test_images_int8.bin", images);
  write(folder / "desktop_outputs_int8.bin", outputs);
  return static_cast<double>(right) / static_cast<double>(count);
}
