// SPDX-License-Identifier: BSL-1.0
// ResNet-8 of MLPerf Tiny, one image: its float and its int8 file, beside onnxruntime.
#include "tests/benchmarks/peers/interpreters.hpp"
#include "tests/benchmarks/peers/onnxruntime.hpp"
#include "tests/benchmarks/peers/quantized_onnx.hpp"
#include "tests/benchmarks/peers/suite.hpp"

#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/write_model.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <runtime/host/error.hpp>
#include <string>

namespace {

using etch::benchmarks::ModelInMemory;
using peers::OnnxSession;
namespace fs = std::filesystem;

constexpr int pixels = 32 * 32 * 3, classes = 10;
const std::vector<std::int64_t> shape{1, 32, 32, 3};

/// Bytes of an image that is a picture of something: smooth, with edges.
int pixel(int i) {
  const int colour = i % 3, column = i / 3 % 32, row = i / 96;
  const int disc = (row - 16) * (row - 16) + (column - 13) * (column - 13) < 90 ? 70 : 0;
  return std::min(255, 2 * row + 3 * column + 20 * colour + disc);
}

void add_etch(const std::string& work, const std::string& who, const std::shared_ptr<ModelInMemory>& model) {
  peers::add(work, who, [model](benchmark::State& state) {
    for (auto _ : state) {
      peers::predict(*model);
      benchmark::DoNotOptimize(model->output().data());
    }
    peers::count(state, static_cast<double>(model->macs()));
  });
}

void add_session(const std::string& work, const std::string& who, const std::shared_ptr<OnnxSession>& session,
                 double macs) {
  peers::add(work, who, [=](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(session->run());
    peers::count(state, macs);
  });
}

using Probabilities = std::array<float, classes>;

/// Stops where the two give other answers.
void compare(const Probabilities& etch, const float* other, float most, const std::string& who) {
  for (std::size_t k = 0; k < etch.size(); ++k)
    if (!(std::abs(etch[k] - other[k]) <= most))
      throw etch::Error(who + " has " + std::to_string(other[k]) + " for class " + std::to_string(k) +
                        ", and Etch " + std::to_string(etch[k]));
}

void add_float(const fs::path& file, bool peer) {
  const std::string work = "ResNet-8, float, one image";
  std::array<float, pixels> x{};
  for (int i = 0; i < pixels; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(pixel(i));
  const auto run = [&](etch::Numerics numerics) {
    auto model = std::make_shared<ModelInMemory>(file, numerics);
    std::memcpy(model->inputs()[0].data(), x.data(), sizeof x);
    peers::predict(*model);
    return model;
  };
  const auto model = run(etch::Numerics::separate), fused = run(etch::Numerics::fused);
  add_etch(work, "etch", model), add_etch(work, "etch, fused", fused);
  Probabilities y, fused_y;
  std::memcpy(y.data(), model->output().data(), sizeof y);
  std::memcpy(fused_y.data(), fused->output().data(), sizeof y);
  compare(y, fused_y.data(), 1e-4f, "the model of fused products");
  if (!peer) return;
  const auto bytes = etch::host::write_onnx(model->model());
  const auto ends = etch::host::onnx::read_file(bytes, "ResNet-8");
  const auto session = std::make_shared<OnnxSession>(bytes, OnnxSession::Input::float32, shape,
                                                     ends.inputs[0].name, ends.outputs[0].name);
  std::memcpy(session->input().data(), x.data(), sizeof x);
  compare(y, session->run(), 1e-4f, "onnxruntime, float,");
  add_session(work, "onnxruntime", session, static_cast<double>(model->macs()));
}

void add_int8(const fs::path& file, bool peer) {
  const std::string work = "ResNet-8, int8, one image";
  const auto model = std::make_shared<ModelInMemory>(file);
  for (int i = 0; i < pixels; ++i)
    model->inputs()[0][static_cast<std::size_t>(i)] = static_cast<std::byte>(pixel(i) - 128);
  peers::predict(*model);
  constexpr float step = 1.0f / 256;
  Probabilities y;
  for (std::size_t k = 0; k < y.size(); ++k)
    y[k] = step * static_cast<float>(static_cast<std::int8_t>(model->output()[k]) + 128);
  add_etch(work, "etch", model);
  if (!peer) return;
  for (const bool unsigned_data : {false, true}) {
    const std::string who = unsigned_data ? "onnxruntime, unsigned" : "onnxruntime";
    const auto bytes = peers::quantized_onnx(file, unsigned_data);
    const auto type = unsigned_data ? OnnxSession::Input::uint8 : OnnxSession::Input::int8;
    const auto session = std::make_shared<OnnxSession>(bytes, type, shape);
    for (int i = 0; i < pixels; ++i)
      session->input()[static_cast<std::size_t>(i)] =
          static_cast<std::byte>(pixel(i) - (unsigned_data ? 0 : 128));
    compare(y, session->run(), 3 * step, who + ", int8,");  // its scales are floats, which round otherwise
    add_session(work, who, session, static_cast<double>(model->macs()));
  }
}

}  // namespace

void peers::add_resnet() {
  const char* const material = std::getenv("ETCH_MATERIAL");
  if (!material) {
    std::fprintf(stderr, "ResNet-8: not run here: ETCH_MATERIAL names no folder with its files\n");
    return;
  }
  const bool peer = !onnxruntime_library().empty();
  if (!peer) std::fprintf(stderr, "onnxruntime: not run here: ETCH_ONNXRUNTIME names no library\n");
  const fs::path folder = fs::path(material) / "models/mlperf_tiny/ic";
  add_float(folder / "pretrainedResnet.tflite", peer);
  add_int8(folder / "pretrainedResnet_quant.tflite", peer);
}
