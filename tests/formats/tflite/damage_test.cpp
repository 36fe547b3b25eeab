// SPDX-License-Identifier: BSL-1.0
// Damaged .tflite files: an error, or a model that runs; never a crash. Sanitized builds look closer.
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <etch/ops/op_list.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <tests/formats/tflite/small_models.hpp>
#include <tests/tool/run_etch.hpp>

#include <algorithm>
#include <cstring>
#include <random>

namespace {

using namespace etch;
using namespace etch::test;
namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

std::vector<fs::path> model_files(const fs::path& models) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(models))
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Bytes bytes_of(const fs::path& path) {
  const auto file = host::read_file(path);
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

/// Models that damage made costly are not run: time is bounded, too.
bool is_cheap(const host::ImportedModel& model) {
  long long work = 0;
  for (const Step& step : model.graph->steps) work += macs_of(step);
  for (const Value& value : model.graph->values) work += value.elements;
  return work < 2'000'000;
}

void run(const host::ImportedModel& model) {
  host::ModelSession session(model);
  std::vector<Bytes> inputs;
  std::vector<std::span<const std::byte>> given;
  for (int k = 0; k < session.inputs(); ++k) inputs.emplace_back(session.input_bytes(k), std::byte{77});
  given.assign(inputs.begin(), inputs.end());
  session.run(given);
}

/// \param whole what the file came to before it was damaged: what is still the same does not run again.
/// \return whether the file was refused.
bool refused(std::span<const std::byte> file, bool runs, const host::ImportedModel* whole = nullptr) {
  try {
    const auto model = host::import_tflite(file, "damaged");
    if (!runs || !is_cheap(model)) return false;
    if (whole && *model.graph == *whole->graph && model.parameters == whole->parameters) return false;
    run(host::prepare(model));
    run(host::prepare(model, {kernels::KernelSet::dsp}));
    return false;
  } catch (const Error& error) {
    CHECK(std::strlen(error.what()) > 10);
    return true;
  }
}

TEST_CASE("a .tflite file that ends early is refused") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  for (const fs::path& path : model_files(models)) {
    const Bytes whole = bytes_of(path);
    INFO(path.string());
    CHECK_FALSE(refused(whole, false));
    // Every length of a file's start, and some 500 of the rest.
    const std::size_t stride = std::max<std::size_t>(1, whole.size() / 500);
    for (std::size_t size = 0; size < whole.size(); size += size < 100 ? 1 : stride)
      REQUIRE(refused(std::span(whole).first(size), false));
  }
}

/// \param share one of so many trials is made.
void damage_some_bytes(int share) {
  const fs::path models = models_folder();
  if (models.empty()) return;
  std::mt19937 engine(11);
  for (const fs::path& path : model_files(models)) {
    const Bytes whole = bytes_of(path);
    INFO(path.string());
    const int trials = (whole.size() < 32768 ? 500 : 20) / share;
    int count = 0;
    for (int i = 0; i < trials; ++i) {
      Bytes damaged = whole;
      for (unsigned flips = engine() % 3 + 1; flips > 0; --flips)
        damaged[engine() % damaged.size()] = static_cast<std::byte>(engine());
      count += refused(damaged, true);
    }
    if (trials > 50) CHECK(count > 0);
  }
}
TEST_CASE("damaged bytes of .tflite files are refused or harmless") { damage_some_bytes(8); }
TEST_CASE("more damaged bytes of .tflite files are refused or harmless", "[.long]") { damage_some_bytes(1); }

/// What stands in a file's tables and lists, a number at a time, as every `stride`-th of its extremes.
void damage_numbers(int stride) {
  for (const SmallModel& small : small_models()) {
    INFO(small.name);
    TfliteWriter writer;
    const auto whole = host::import_tflite(small.write(writer), "whole");
    run(host::prepare(whole));
    int count = 0, trials = 0;
    for (int at = 0; at < writer.extreme.count; ++at)
      for (int kind = at % stride; kind < Extreme::kinds; kind += stride, ++trials) {
        TfliteWriter damaged;
        damaged.extreme = {at, kind};
        INFO("number " << at << ", extreme " << kind);
        count += refused(small.write(damaged), true, &whole);
      }
    CHECK(count > trials / Extreme::kinds);
  }
}

TEST_CASE("numbers of .tflite files that become extreme are refused or harmless") {
  damage_numbers(Extreme::kinds);
}
TEST_CASE("all extremes of all numbers of .tflite files are refused or harmless", "[.long]") {
  damage_numbers(1);
}

void damage_bytes(const SmallModel& small) {
  INFO(small.name);
  TfliteWriter writer;
  const Bytes file = small.write(writer);
  const auto whole = host::import_tflite(file, "whole");
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const int byte : {0, 0xff, std::to_integer<int>(file[at]) + 1}) {
      if (static_cast<std::byte>(byte) == file[at]) continue;
      Bytes damaged = file;
      damaged[at] = static_cast<std::byte>(byte);
      INFO("byte " << at << " becomes " << byte);
      refused(damaged, true, &whole);
    }
}

TEST_CASE("bytes of small .tflite files that change are refused or harmless") {
  int found = 0;
  for (const SmallModel& small : small_models())
    if (small.name == "CONV_2D in int8" || small.name == "SHAPE, STRIDED_SLICE, PACK and RESHAPE in float32")
      damage_bytes(small), ++found;
  CHECK(found == 2);
}
TEST_CASE("bytes of all small .tflite files that change are refused or harmless", "[.long]") {
  for (const SmallModel& small : small_models()) damage_bytes(small);
}

/// Offsets, lengths and extents are words: all of them become the numbers that hurt most.
void damage_file_words(std::size_t stride) {
  const fs::path models = models_folder();
  if (models.empty()) return;
  for (const fs::path& path : model_files(models)) {
    const Bytes whole = bytes_of(path);
    if (whole.size() > 4096) continue;
    INFO(path.string());
    std::size_t next = 0;
    for (const std::uint32_t word : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xffffffffU, 0x00010000U})
      for (std::size_t at = next++ % stride * 4; at + 4 <= whole.size(); at += 4 * stride) {
        Bytes damaged = whole;
        std::memcpy(&damaged[at], &word, sizeof word);
        refused(damaged, true);
      }
  }
}
TEST_CASE("words of .tflite files that become extreme are refused or harmless") { damage_file_words(16); }
TEST_CASE("all words of .tflite files that become extreme are refused or harmless", "[.long]") {
  damage_file_words(1);
}

}  // namespace
