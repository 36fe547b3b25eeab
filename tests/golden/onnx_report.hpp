// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/golden/onnx_cases.hpp>

namespace etch::golden {

/// What became of a folder of cases.
struct OnnxFolder {
  std::string name;
  int least = 0;  ///< that have to pass
  std::vector<OnnxOutcome> outcomes;

  int passed() const;
  int wrong() const;
};

std::vector<OnnxFolder> run_onnx_folders(const std::filesystem::path& data);

/// Its section of docs/golden.md.
std::string to_markdown(const std::vector<OnnxFolder>& folders);
/// The section of that document, and what stands before it.
std::string onnx_section(const std::string& document);
std::string before_onnx(const std::string& document);

}  // namespace etch::golden
