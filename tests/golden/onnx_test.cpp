// SPDX-License-Identifier: BSL-1.0
// Models of ONNX against the results that others published for them.
#include <tests/golden/onnx_cases.hpp>
#include <tests/golden/onnx_report.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>
#include <fstream>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

const fs::path document = fs::path(ETCH_SOURCE_DIR) / "docs/golden.md";

TEST_CASE("ONNX's test data pass or are refused in a sentence, none is wrong", "[golden][onnx]") {
  const fs::path data = onnx_test_data();
  if (data.empty()) {
    WARN("skipped: neither ETCH_ONNX_TESTDATA nor libonnx-testdata gives ONNX's test data");
    return;
  }
  const std::vector<OnnxFolder> folders = run_onnx_folders(data);
  for (const OnnxFolder& folder : folders) {
    WARN(folder.name << ": " << folder.passed() << " of " << folder.outcomes.size() << " pass, "
                     << folder.wrong() << " are wrong");
    for (const OnnxOutcome& outcome : folder.outcomes) {
      INFO(folder.name << "/" << outcome.name);
      CHECK(outcome.wrong == "");
      CHECK(std::ranges::count(outcome.refused, '\n') == 0);
    }
    CHECK(folder.passed() >= folder.least);
  }
  std::ifstream file(document, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(onnx_section(text) == to_markdown(folders));
}

}  // namespace
