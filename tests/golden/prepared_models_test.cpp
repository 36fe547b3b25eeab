// SPDX-License-Identifier: BSL-1.0
// MLPerf Tiny's int8 models as they are shipped, without their dead channels: the same bytes at every layer,
// and what they need.
#include <codegen/firmware/board.hpp>
#include <codegen/model/model_program.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

struct Work {
  long long macs = 0, weights = 0;  ///< weights: int8 numbers, without what fills up rows
};

Work work_of(const host::ImportedModel& model) {
  Work work;
  for (const Step& step : model.graph->steps) {
    const long long macs = visit_op(step.op, [&](auto op) { return decltype(op)::macs(step); });
    const long long pixels = step.out.size() / step.out.last();
    work.macs += macs;
    work.weights += macs / pixels;
  }
  return work;
}

TEST_CASE("prepared models give the reference's bytes at every layer", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path golden = models / "mlperf_tiny" / "golden";
  for (const Benchmark& b : benchmarks) {
    const auto model = host::prepare(host::import_tflite(models / "mlperf_tiny" / b.file));
    host::ModelSession session(model);
    session.trace(bytes_of_file(golden / (std::string(b.name) + "_input.bin")));
    const auto expected = bytes_of_file(golden / (std::string(b.name) + "_layers.bin"));
    std::size_t compared = 0, unread = 0, different = 0;
    for (const Layer& layer : layers_of(golden / (std::string(b.name) + "_layers.txt"))) {
      const int result = model.operators.at(layer.op).results[0];
      const auto value = session.value(result);
      INFO(b.name << ": " << model.operators[layer.op].kind << " (operator " << layer.op << ")");
      REQUIRE(value.size() == layer.bytes);
      const auto& kept = model.values[static_cast<std::size_t>(result)].kept;
      for (std::size_t i = 0; i < layer.bytes; ++i) {
        different += kept.knows(i) && value[i] != expected[layer.offset + i];
        ++(kept.knows(i) ? compared : unread);
      }
      REQUIRE(different == 0);
    }
    CHECK(unread * 100 < compared);
    const auto inputs = bytes_of_file(golden / (std::string(b.name) + "_vec16_input.bin"));
    const auto outputs = bytes_of_file(golden / (std::string(b.name) + "_vec16_output.bin"));
    const std::size_t in = session.input_bytes(0), out = session.output_bytes(0);
    for (std::size_t i = 0; i < 16; ++i) {
      session.run(std::span(inputs).subspan(i * in, in));
      REQUIRE(std::ranges::equal(session.output(), std::span(outputs).subspan(i * out, out)));
    }
  }
}

/// The last line of the list of vww's dead channels: total 7489664 after lossless ... 3795632 int8 weight
/// bytes 208112 -> 31863 ...
std::vector<long long> listed_work(const fs::path& list) {
  std::ifstream in(list);
  REQUIRE(in);
  std::string last, line;
  while (std::getline(in, line))
    if (line.starts_with("total")) last = line;
  std::vector<long long> numbers;
  std::istringstream words(last);
  for (std::string word; words >> word;)
    if (!word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }))
      numbers.push_back(std::stoll(word));
  REQUIRE(numbers.size() >= 4);
  return numbers;
}

TEST_CASE("vww loses at least the dead channels that are known of it", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto model = host::import_tflite(models / "mlperf_tiny" / "vww" / "vww_96_int8.tflite");
  const auto listed = listed_work(models / "mlperf_tiny" / "golden" / "vww_dead_channels.txt");
  const Work before = work_of(model), after = work_of(host::prepare(model));
  CHECK(before.macs == listed[0]);
  CHECK(before.weights == listed[2]);
  CHECK(after.macs <= listed[1]);
  CHECK(after.weights <= listed[3]);
  CHECK(after.macs == 3'727'313);
  CHECK(after.weights == 29'066);
}

/// RAM of a model, input and output counted, when they lie in its arena.
struct Memory {
  const char* name;
  int most;
};

TEST_CASE("MLPerf Tiny's models fit the RAM they are meant for on Cortex-M4", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  constexpr Memory most[]{{"kws", 10'500}, {"vww", 42'000}, {"ic", 38'000}, {"ad", 2'400}, {"sww", 5'000}};
  const kernels::KernelSets sets = host::kernels_of("m4");
  std::string table = "model: arena (lower bound), input, output; arena with both inside (lower bound)\n";
  for (const Benchmark& b : benchmarks) {
    const auto model = host::prepare(host::import_tflite(models / "mlperf_tiny" / b.file));
    const host::ModelSession session(model);
    const auto outside = host::program_of(model, false, true, sets);
    const auto inside = host::program_of(model, true, true, sets);
    table += std::string(b.name) + ": " + std::to_string(outside->plan.arena_bytes) + " (" +
             std::to_string(outside->plan.lower_bound) + "), " + std::to_string(session.input_bytes(0)) +
             ", " + std::to_string(session.output_bytes(0)) + "; " +
             std::to_string(inside->plan.arena_bytes) + " (" + std::to_string(inside->plan.lower_bound) +
             ")\n";
    const auto* limit = std::ranges::find(most, std::string_view(b.name), &Memory::name);
    CHECK(inside->plan.arena_bytes <= limit->most);
  }
  WARN(table);
}

}  // namespace
