// SPDX-License-Identifier: BSL-1.0
// export_models <name> <folder>: exports a model with weights drawn from a seed, and what the desktop
// predicts with it.

#include "examples/mnist/mnist_model.hpp"
#include "tests/firmware/models.hpp"

#include <codegen/firmware/export_firmware.hpp>
#include <etch/model/training/initialize.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/training/save_model.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace etch;

float draw(std::uint32_t stream, std::size_t index) {
  return random::uniform({11, 0}, 0, stream, static_cast<std::uint32_t>(index));
}

/// Initial weights, except that no statistic, scale or bias is left at 0 or 1.
template <const auto& Declared>
std::vector<std::byte> draw_weights(std::uint32_t seed = 3) {
  using Shipped = Deployment<Declared>;
  std::vector<std::byte> weights(Shipped::source.weight_bytes);
  initialize_weights(graph<Declared>, Shipped::source, seed, weights.data());
  for (int p = 0; p < graph<Declared>.parameters.count; ++p) {
    const Parameter& parameter = graph<Declared>.parameters[p];
    if (parameter.shape.rank > 1) continue;
    auto* values = reinterpret_cast<float*>(weights.data() + Shipped::source.offset[p]);
    for (int i = 0; i < parameter.shape.size(); ++i)
      values[i] = 0.5f + draw(static_cast<std::uint32_t>(p), static_cast<std::size_t>(i));
  }
  return weights;
}

void write(const std::filesystem::path& path, const std::vector<float>& values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(4 * values.size()));
  if (!file.flush()) throw Error("cannot write " + path.string());
}

/// Inputs and outputs of `count` samples: all inputs of a sample one after another, then the next sample's.
template <const auto& Declared>
void write_cases(std::span<const std::byte> trained, int count, const std::filesystem::path& base) {
  using Shipped = Deployment<Declared>;
  std::vector<std::byte> weights(Shipped::weight_bytes), arena(Shipped::arena_bytes);
  fold_weights<Declared>(trained, weights);
  int in_elements = 0, out_elements = 0;
  for (const Shape& shape : Shipped::graph_.input_shapes) in_elements += shape.size();
  for (const Shape& shape : Shipped::graph_.output_shapes) out_elements += shape.size();
  std::vector<float> in(static_cast<std::size_t>(count * in_elements));
  std::vector<float> out(static_cast<std::size_t>(count * out_elements));
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = 2 * draw(99, i) - 1;
  const float* read = in.data();
  float* written = out.data();
  for (int sample = 0; sample < count; ++sample) {
    const void* inputs[Shipped::inputs];
    void* outputs[Shipped::outputs];
    for (int k = 0; k < Shipped::inputs; read += Shipped::graph_.input_shapes[k++].size()) inputs[k] = read;
    for (int k = 0; k < Shipped::outputs; written += Shipped::graph_.output_shapes[k++].size())
      outputs[k] = written;
    Shipped::predict(weights.data(), arena.data(), inputs, outputs);
  }
  write(base.string() + "_inputs.bin", in);
  write(base.string() + "_outputs.bin", out);
}

template <const auto& Declared>
void export_model(const std::filesystem::path& folder, const char* name, const char* header,
                  const char* model, int count, bool blob = false) {
  const auto weights = draw_weights<Declared>();
  host::export_firmware<Declared>(
      weights, {.folder = folder, .name = name, .header = header, .model = model, .blob = blob});
  write_cases<Declared>(weights, count, folder / name);
}

/// A streaming model, with the bits that the whole sequence gives.
template <const auto& Declared>
void export_streaming(const std::filesystem::path& folder, const char* name, const char* model) {
  const auto weights = draw_weights<Declared>();
  host::export_stream<Declared>(
      weights, {.folder = folder, .name = name, .header = "tests/firmware/models.hpp", .model = model});
  write_cases<Declared>(weights, 2, folder / name);
}

/// Samples to quantize with: a file an input.
template <const auto& Declared>
void write_samples(const std::filesystem::path& folder, int count) {
  for (int k = 0; k < graph<Declared>.inputs.count; ++k) {
    std::vector<float> in(
        static_cast<std::size_t>(count * Deployment<Declared>::graph_.input_shapes[k].size()));
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = 2 * draw(100 + static_cast<std::uint32_t>(k), i) - 1;
    write(folder / ("samples" + std::to_string(k) + ".bin"), in);
  }
}

/// Inputs of int16.
void write_whole_inputs(const std::filesystem::path& path, int count) {
  std::vector<std::int16_t> in(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::int16_t>(65535 * draw(98, i) - 32768);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(in.data()), static_cast<std::streamsize>(2 * in.size()));
  if (!file.flush()) throw Error("cannot write " + path.string());
}

/// The model as a trainer would save it, for the tool.
template <const auto& Declared>
void save(const std::filesystem::path& path, std::uint32_t seed = 3) {
  using Shipped = Deployment<Declared>;
  auto weights = draw_weights<Declared>(seed);
  std::vector<host::ModelTensor> tensors;
  for (int p = 0; p < graph<Declared>.parameters.count; ++p) {
    const Shape& shape = graph<Declared>.parameters[p].shape;
    host::ModelTensor& t = tensors.emplace_back();
    t.name = notes<Declared>.parameter(p);
    t.shape = {shape.dim.data(), static_cast<std::size_t>(shape.rank)};
    t.data = std::span(weights).subspan(static_cast<std::size_t>(Shipped::source.offset[p]),
                                        4 * static_cast<std::size_t>(shape.size()));
  }
  const std::string text = graph_text(graph<Declared>);
  host::save_model_file(path, {structure_hash(graph<Declared>), 0, "none", text}, tensors, nullptr);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string name = argc == 3 ? argv[1] : "";
  if (name == "small") {
    export_model<small_model>(argv[2], "small", "tests/firmware/models.hpp", "small_model", 20);
  } else if (name == "pair") {
    export_model<pair_model>(argv[2], "pair", "tests/firmware/models.hpp", "pair_model", 20);
  } else if (name == "pair_file") {
    save<pair_model>(argv[2] + std::string("/pair.safetensors"));
    write_samples<pair_model>(argv[2], 200);
  } else if (name == "pair_other") {  // the same with other weights
    const std::filesystem::path folder = argv[2];
    save<pair_model>(folder / "other.safetensors", 4);
    write_cases<pair_model>(draw_weights<pair_model>(4), 20, folder / "other");
  } else if (name == "small_blob") {
    export_model<small_model>(argv[2], "small_blob", "tests/firmware/models.hpp", "small_model", 20, true);
  } else if (name == "wide_file") {
    const std::filesystem::path folder = argv[2];
    save<wide_model>(folder / "wide.safetensors");
    write_samples<wide_model>(folder, 40);
    write_whole_inputs(folder / "inputs.bin", 5 * graph<wide_model>.input_shapes[0].size());
  } else if (name == "stream") {
    export_streaming<stream_model>(argv[2], "stream", "stream_model");
  } else if (name == "mnist") {
    export_model<mnist>(argv[2], "mnist", "examples/mnist/mnist_model.hpp", "mnist", 3);
    std::ofstream(argv[2] + std::string("/mnist_labels.bin"), std::ios::binary).write("\0\1\2", 3);
  } else {
    throw Error(
        "usage: export_models small|small_blob|pair|pair_file|pair_other|wide_file|stream|mnist <folder>");
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
