// SPDX-License-Identifier: BSL-1.0
// Published models of others against the interpreter. docs/golden.md is the result.
#include <catch2/catch.hpp>
#include <tests/golden/onnx_report.hpp>
#include <tests/golden/report.hpp>
#include <tests/golden/run_fixture.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace {

namespace fs = std::filesystem;
using golden::Outcome;

std::optional<fs::path> models() {
  if (const char* material = std::getenv("ETCH_MATERIAL")) return fs::path(material) / "models";
  WARN("skipped: ETCH_MATERIAL does not name a folder with models/kerasjs and models/rtneural");
  return std::nullopt;
}

std::vector<Outcome> kerasjs_outcomes(const fs::path& folder) {
  std::vector<Outcome> outcomes;
  for (const auto& fixture : golden::load_kerasjs(folder / "kerasjs")) outcomes.push_back(check(fixture));
  return outcomes;
}

std::vector<Outcome> rtneural_outcomes(const fs::path& folder) {
  std::vector<Outcome> outcomes;
  for (const char* model : {"dense", "conv", "conv2d", "gru", "lstm"}) {
    outcomes.push_back(check(golden::load_rtneural(folder / "rtneural", model)));
  }
  return outcomes;
}

void report_problems(const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes) {
    INFO(outcome.key);
    CHECK(outcome.problem == "");
  }
}

const fs::path document = fs::path(ETCH_SOURCE_DIR) / "docs/golden.md";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("published models give their published results, and docs/golden.md says so", "[golden]") {
  const auto folder = models();
  if (!folder) return;
  const auto kerasjs = kerasjs_outcomes(*folder), rtneural = rtneural_outcomes(*folder);
  CHECK(kerasjs.size() == 334);
  CHECK(std::count_if(kerasjs.begin(), kerasjs.end(),
                      [](const Outcome& o) { return !o.not_applicable.empty(); }) == 56);
  report_problems(kerasjs);
  report_problems(rtneural);
  CHECK(etch::golden::before_onnx(read(document)) == to_markdown(kerasjs, rtneural));
}

TEST_CASE("published series streamed one time step per call give every bit of the whole series", "[golden]") {
  const auto folder = models();
  if (!folder) return;
  for (const char* model : {"dense", "conv", "gru", "lstm"}) {
    INFO(model);
    const auto fixture = golden::load_rtneural(*folder / "rtneural", model);
    const auto whole = golden::run(fixture, 1), streamed = golden::run_streamed(fixture);
    REQUIRE(whole.size() == streamed.size());
    CHECK(std::memcmp(whole.data(), streamed.data(), whole.size() * sizeof(float)) == 0);
  }
}

TEST_CASE("write docs/golden.md", "[.write]") {
  const auto folder = models();
  if (!folder) return;
  const fs::path onnx = etch::golden::onnx_test_data();
  const std::string old = etch::golden::onnx_section(read(document));
  const std::string section = onnx.empty() ? old : to_markdown(etch::golden::run_onnx_folders(onnx));
  std::ofstream(document, std::ios::binary)
      << to_markdown(kerasjs_outcomes(*folder), rtneural_outcomes(*folder)) << section;
}
