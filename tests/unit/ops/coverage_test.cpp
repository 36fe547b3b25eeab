// SPDX-License-Identifier: BSL-1.0
// docs/coverage.md: what there is of each op, by type and target. `unit_tests '[write]'` writes it.
#include <catch2/catch.hpp>

#include "kernel_rows.hpp"
#include "op_facts.hpp"
#include "step_cases_quantized.hpp"
#include "step_cases_real.hpp"

namespace {

using namespace etch;
using namespace etch::test;

const fs::path root = ETCH_SOURCE_DIR, document = root / "docs/coverage.md";

std::string type_name(ElementType type) {
  switch (type) {
    case ElementType::real:
      return "float";
    case ElementType::i8:
      return "int8";
    case ElementType::i16:
      return "int16";
    default:
      return "int32";
  }
}

/// `float, int8 to int16`.
std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

template <class Op>
std::string types_text() {
  std::vector<std::string> names;
  for (const StepTypes& t : test::types_of<Op>())
    names.push_back(type_name(t.x) + (t.x == t.y ? "" : " to " + type_name(t.y)));
  return joined(names);
}

template <class Op>
std::string gradient_text() {
  switch (gradient_of<Op>()) {
    case CaseGradient::none:
      return "";
    case CaseGradient::stops:
      return "stops";
    case CaseGradient::straight:
      return "straight";
    case CaseGradient::checked:
      return "yes";
  }
  return {};
}

/// The header of an op, with those above the rows of kernels through which it may call them.
std::string source_of(const std::string& op) {
  for (const auto& file : fs::directory_iterator(root / "include/etch/ops")) {
    const std::string text = text_of(file);
    if (text.find("name = \"" + op + "\"") != std::string::npos)
      return with_includes(root, text, std::regex("runtime/kernels/\\w+\\.hpp"));
  }
  return {};
}

/// Those of all targets, read once.
const std::vector<KernelRow>& rows() {
  static const auto all = kernel_rows(root);
  return all;
}

/// The types for which a row has kernels of its own that the op calls.
template <class Op>
std::string kernels_text(const KernelRow& row, const std::string& source) {
  std::set<std::string> types;
  for (const auto& [kernel, of] : row.kernels)
    if (calls(source, kernel)) types.insert(of.begin(), of.end());
  std::vector<std::string> names;
  for (const ElementType type : element_types) {
    const auto moves = test::types_of<Op>();
    const bool takes = std::ranges::any_of(moves, [&](const StepTypes& t) { return t.x == type; });
    if (takes && types.contains(type_name(type))) names.push_back(type_name(type));
  }
  return joined(names);
}

template <class Op>
std::string line_of() {
  const std::string source = source_of(Op::name);
  std::string line = std::string("| ") + Op::name + " | " + types_text<Op>() + " | " + gradient_text<Op>() +
                     " | " + (is_in_files<Op>() ? "yes" : "");
  for (const KernelRow& row : rows()) line += " | " + kernels_text<Op>(row, source);
  return line + " |\n";
}

std::string coverage() {
  std::string text =
      "# Ops, types and targets\n\n"
      "One line an op. Written by `unit_tests '[write]'` and compared by `unit_tests '[registry]'`, from the "
      "ops\n"
      "themselves, their cases in `tests/unit/ops` and the rows of `runtime/kernels`.\n\n"
      "- **types** of the first input, and of the result where that differs. The portable kernels run them "
      "all on\n"
      "  every target. Each type has a case, which damaged steps and files are\n"
      "  tested with; an op's first case also runs compiled and interpreted.\n"
      "- **gradient**: `yes` is compared with finite differences, `straight` passes as if the step were not "
      "there,\n"
      "  `stops` goes no further. Steps of whole numbers, and those that training puts behind a model, have "
      "none.\n"
      "- **files**: Etch's own model files may name it. They hold real numbers; what is quantized comes from "
      "a\n"
      "  file of TensorFlow Lite or from `etch compile --int8`.\n"
      "- Targets: the types for which one has kernels of its own, which give the bits of the portable ones. "
      "Tests\n"
      "  compare them, in `tests/unit/kernels` and, on each core in the emulator, "
      "`tests/firmware/int8_kernels`.\n\n";
  std::string rule = "|---|---|---|---|";
  text += "| op | types | gradient | files |";
  for (const KernelRow& row : rows()) {
    text += " " + row.target + " |";
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  [&]<class... Ops>(OpPack<Ops...>) { ((text += line_of<Ops>()), ...); }(OpList{});
  return text;
}

TEST_CASE("docs/coverage.md says what there is of each op", "[registry]") {
  CHECK(text_of(document) == coverage());
}

TEST_CASE("write docs/coverage.md", "[.write]") { std::ofstream(document, std::ios::binary) << coverage(); }

TEST_CASE("every kernel of a row is of some type and called by an op", "[registry]") {
  std::string ops;
  for (const auto& file : fs::directory_iterator(root / "include/etch/ops")) ops += text_of(file);
  ops = with_includes(root, ops, std::regex("runtime/kernels/\\w+\\.hpp"));
  CHECK(rows().size() >= 6);
  for (const KernelRow& row : rows())
    for (const auto& [kernel, types] : row.kernels) {
      INFO(row.target << ", " << kernel);
      CHECK_FALSE(types.empty());
      CHECK(calls(ops, kernel));
    }
}

/// The sources of tests that compare kernels with the portable ones: a desktop's, and those of cores.
std::vector<std::string> comparisons(const std::string& folder) {
  std::vector<std::string> texts;
  for (const auto& file : fs::directory_iterator(root / folder))
    if (file.path().extension() == ".cpp") texts.push_back(text_of(file));
  return texts;
}

TEST_CASE("every kernel of floats of a row is compared with the portable one", "[registry]") {
  const auto tests = comparisons("tests/unit/kernels");
  for (const KernelRow& row : rows()) {
    if (row.family != "float_kernels") continue;
    for (const auto& [kernel, types] : row.kernels) {
      INFO(row.target << ", " << kernel);
      const std::string call = row.target + "::" + kernel;
      CHECK(std::ranges::any_of(tests, [&](const std::string& t) {
        return find_name(t, call) != t.npos && t.find("portable::") != t.npos;
      }));
    }
  }
}

/// Whether a test in firmware says which kernel it compares, calls it as its core has it, and is run.
bool compares(const std::string& test, const std::string& kernel, const std::string& type,
              const std::string& main) {
  if (test.find("report(\"" + kernel + " of " + type + "\"") == std::string::npos) return false;
  if (!std::regex_search(test, std::regex("[^:\\w]" + kernel + "\\("))) return false;
  const auto checks = all_found(test, std::regex("bool (check_\\w+)\\(\\) \\{"));
  return std::ranges::any_of(checks, [&](const std::string& c) { return calls(main, c); });
}

TEST_CASE("every kernel of whole numbers of a row is compared in firmware", "[registry]") {
  const auto tests = comparisons("tests/firmware/int8_kernels");
  const std::string main = text_of(root / "tests/firmware/int8_kernels/main.cpp");
  for (const KernelRow& row : rows()) {
    if (row.family != "int8_kernels") continue;
    for (const auto& [kernel, types] : row.kernels)
      for (const std::string& type : types) {
        INFO(row.target << ", " << kernel << " of " << type);
        const auto is_compared = [&, &name = kernel](const auto& t) { return compares(t, name, type, main); };
        CHECK(std::ranges::any_of(tests, is_compared));
      }
  }
}

}  // namespace
