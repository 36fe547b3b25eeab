// SPDX-License-Identifier: BSL-1.0
// The int8 models of MLPerf Tiny, byte for byte against TensorFlow Lite Micro's kernels at every layer.
#include <tests/golden/tflite_material.hpp>

#include <algorithm>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

std::size_t differing(std::span<const std::byte> a, std::span<const std::byte> b) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < a.size(); ++i) n += a[i] != b[i];
  return n;
}

TEST_CASE("every layer of MLPerf Tiny's models is the reference's, byte for byte", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path golden = models / "mlperf_tiny" / "golden";
  for (const Benchmark& b : benchmarks) {
    const auto model = host::import_tflite(models / "mlperf_tiny" / b.file);
    host::ModelSession session(model);
    session.trace(bytes_of_file(golden / (std::string(b.name) + "_input.bin")));
    const auto expected = bytes_of_file(golden / (std::string(b.name) + "_layers.bin"));
    const auto layers = layers_of(golden / (std::string(b.name) + "_layers.txt"));
    CHECK(layers.size() == model.operators.size());
    for (const Layer& layer : layers) {
      const auto& op = model.operators[layer.op];
      const auto value = session.value(op.results[0]);
      INFO(b.name << ": " << op.kind << " (operator " << op.index << ")");
      REQUIRE(value.size() == layer.bytes);
      REQUIRE(differing(value, std::span(expected).subspan(layer.offset, layer.bytes)) == 0);
    }
    const auto last = bytes_of_file(golden / (std::string(b.name) + "_output.bin"));
    CHECK(std::ranges::equal(session.output(), last));
  }
}

TEST_CASE("sixteen inputs of each of MLPerf Tiny's models give the reference's bytes", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path golden = models / "mlperf_tiny" / "golden";
  for (const Benchmark& b : benchmarks) {
    const auto model = host::import_tflite(models / "mlperf_tiny" / b.file);
    host::ModelSession session(model);
    const auto inputs = bytes_of_file(golden / (std::string(b.name) + "_vec16_input.bin"));
    const auto outputs = bytes_of_file(golden / (std::string(b.name) + "_vec16_output.bin"));
    const std::size_t in = session.input_bytes(0), out = session.output_bytes(0);
    REQUIRE(inputs.size() == 16 * in);
    REQUIRE(outputs.size() == 16 * out);
    for (std::size_t i = 0; i < 16; ++i) {
      session.run(std::span(inputs).subspan(i * in, in));
      INFO(b.name << ", input " << i);
      REQUIRE(differing(session.output(), std::span(outputs).subspan(i * out, out)) == 0);
    }
    WARN(b.name << ": arena " << session.arena_bytes() << " bytes, weights " << session.weight_bytes());
  }
}

/// The position of the largest of `n` signed bytes.
int largest(std::span<const std::byte> bytes) {
  const auto number = [](std::byte b) { return static_cast<std::int8_t>(b); };
  return static_cast<int>(std::ranges::max_element(bytes, {}, number) - bytes.begin());
}

TEST_CASE("key words are recognised in at least 90 of 100 recordings", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path folder = models / "mlperf_tiny" / "kws";
  const auto model = host::import_tflite(folder / "kws_ref_model.tflite");
  host::ModelSession session(model);
  const auto inputs = bytes_of_file(folder / "kws_test1000_i8.bin");
  std::ifstream labels(folder / "kws_test1000_labels.csv");
  const std::size_t in = session.input_bytes(0);
  int right = 0, count = 0;
  for (std::string line;
       std::getline(labels, line) && (static_cast<std::size_t>(count) + 1) * in <= inputs.size();) {
    const std::size_t comma = line.find(',');  // index, label, word
    if (comma == std::string::npos || line[0] < '0' || line[0] > '9') continue;
    const int label = std::stoi(line.substr(comma + 1));
    session.run(std::span(inputs).subspan(static_cast<std::size_t>(count++) * in, in));
    right += largest(session.output()) == label;
  }
  WARN("kws: " << right << " of " << count << " recordings are recognised");
  CHECK(count == 1000);
  CHECK(right * 10 >= count * 9);
}

}  // namespace
