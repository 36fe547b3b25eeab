// SPDX-License-Identifier: BSL-1.0
// fine_tuned <folder>: trains pair_model for weights of 4 bits, and writes it as tuned.tflite, whose weights
// `--weights int4` brings to the steps that it learned; and inputs of int8, in0.bin and in1.bin.

#include "tests/firmware/models.hpp"

#include <codegen/formats/tflite/write_model.hpp>
#include <codegen/quantize/fine_tuned.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto tuned = fake_quantized<pair_model>({.weight_bits = 4});
constexpr int batch = 16, a_elements = 6, b_elements = 4, sums = 5, gates = 2;

/// Sums of what both inputs have, and whether one is larger: something to learn.
struct Samples {
  std::vector<float> a, b, sum, gate;
  explicit Samples(std::uint32_t number) {
    for (std::uint32_t i = 0; i < batch; ++i) {
      const std::size_t first = a.size(), second = b.size();
      for (std::uint32_t k = 0; k < a_elements; ++k)
        a.push_back(2 * random::uniform({5, 0}, number, i, k) - 1);
      for (std::uint32_t k = 0; k < b_elements; ++k)
        b.push_back(2 * random::uniform({5, 1}, number, i, k) - 1);
      for (std::size_t k = 0; k < sums; ++k) sum.push_back(a[first + k] + b[second + k % b_elements]);
      for (std::size_t k = 0; k < gates; ++k) gate.push_back(a[first + k] > b[second + k] ? 1.0F : 0.0F);
    }
  }
};

void train(Interpreter<float>& net) {
  for (std::uint32_t step = 0; step < 400; ++step) {
    const Samples s(step);
    const float* const inputs[]{s.a.data(), s.b.data()};
    const void* const labels[]{s.sum.data(), s.gate.data()};
    net.train(inputs, labels, {batch, 1, step, Adam{.learning_rate = 0.003F}.at(step)});
  }
}

host::ImportedModel quantized(Interpreter<float>& net) {
  std::vector<host::DeclaredWeight> weights;
  for (int p = 0; p < net.parameters(); ++p) weights.push_back({"weight", std::as_bytes(net.parameter(p))});
  const auto declared =
      std::make_unique<Graph<declaration_capacity>>(shrink<declaration_capacity>(graph<pair_model>));
  const Samples s(1000);
  const std::span<const float> samples[]{s.a, s.b};
  return host::quantize(host::import_fine_tuned(*declared, weights, "pair", 4), samples);
}

void write(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw Error("cannot write " + path.string());
}

/// Any bytes, the lowest and the highest among them.
void write_inputs(const std::filesystem::path& path, int elements, std::uint32_t stream) {
  std::vector<std::int8_t> x(static_cast<std::size_t>(batch * elements), std::int8_t{-128});
  for (std::size_t i = static_cast<std::size_t>(elements); i < x.size(); ++i)
    x[i] = static_cast<std::int8_t>(random::below({7, stream}, 0, 0, static_cast<std::uint32_t>(i), 256));
  std::fill_n(x.begin() + elements, elements, std::int8_t{127});
  write(path, std::as_bytes(std::span(x)));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw Error("usage: fine_tuned <folder>");
  TrainingOptions options{.rule = kernels::Rule::adam};
  options.losses[0] = {LossKind::mean_squared_error, 1};
  options.losses[1] = {LossKind::mean_squared_error, 1};
  Interpreter<float> net(training_declaration<tuned>, batch, options);
  net.initialize(3);
  train(net);
  const host::ImportedModel model = quantized(net);
  host::NarrowReport report;
  host::narrow_weights(model, {}, {}, &report);
  if (!std::ranges::all_of(report.layers, &host::NarrowedLayer::narrow))
    throw Error("a layer has no weights of 4 bits");
  const std::filesystem::path folder = argv[1];
  write(folder / "tuned.tflite", host::write_tflite(model));
  write_inputs(folder / "in0.bin", a_elements, 0);
  write_inputs(folder / "in1.bin", b_elements, 1);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
