// SPDX-License-Identifier: BSL-1.0
#include <tests/golden/onnx_report.hpp>

#include <algorithm>

namespace etch::golden {

namespace {

constexpr const char* heading = "\n## ONNX's own test data\n";

std::string number(std::ptrdiff_t n) { return std::to_string(n); }

}  // namespace

int OnnxFolder::passed() const {
  return static_cast<int>(std::ranges::count_if(outcomes, &OnnxOutcome::passed));
}
int OnnxFolder::wrong() const {
  return static_cast<int>(
      std::ranges::count_if(outcomes, [](const OnnxOutcome& o) { return !o.wrong.empty(); }));
}

std::vector<OnnxFolder> run_onnx_folders(const std::filesystem::path& data) {
  std::vector<OnnxFolder> folders{
      {"node", 400, {}}, {"pytorch-converted", 75, {}}, {"pytorch-operator", 25, {}}, {"simple", 0, {}}};
  for (OnnxFolder& folder : folders) folder.outcomes = run_onnx_cases(data / folder.name);
  return folders;
}

std::string to_markdown(const std::vector<OnnxFolder>& folders) {
  std::string text = heading;
  text +=
      "\nThe cases of Debian's libonnx-testdata 1.12.0, run by the interpreter, within ONNX's own bounds "
      "(1e-3\n"
      "relative, 1e-7 absolute). What is not supported is refused in a sentence. Inputs that have to be "
      "known\n"
      "for code to be made (shapes, axes, weights) are given as constants: the fourth column counts these\n"
      "cases among the passed ones. The last counts the cases in which numbers are put in another order by "
      "a\n"
      "step of their own. Written by `golden_tests '[write]'`, and compared by `golden_tests '[onnx]'`.\n\n"
      "| folder | cases | passed | with constants | refused | wrong | with transpositions |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const OnnxFolder& folder : folders) {
    const auto count = [&](auto is) { return number(std::ranges::count_if(folder.outcomes, is)); };
    text += "| " + folder.name + " | " + number(static_cast<std::ptrdiff_t>(folder.outcomes.size())) + " | " +
            number(folder.passed()) + " | " +
            count([](const OnnxOutcome& o) { return o.passed() && o.constants; }) + " | " +
            count([](const OnnxOutcome& o) { return !o.refused.empty(); }) + " | " + number(folder.wrong()) +
            " | " + count([](const OnnxOutcome& o) { return o.passed() && o.moves > 0; }) + " |\n";
  }
  return text;
}

std::string onnx_section(const std::string& document) {
  const std::size_t at = document.find(heading);
  return at == std::string::npos ? "" : document.substr(at);
}
std::string before_onnx(const std::string& document) { return document.substr(0, document.find(heading)); }

}  // namespace etch::golden
