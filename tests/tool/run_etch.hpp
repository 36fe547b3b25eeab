// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/commands.hpp>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace etch::test {

/// What a call of the tool printed.
struct ToolResult {
  int code = 0;
  std::string out, err;
};

inline ToolResult run_etch(std::vector<std::string> arguments) {
  std::ostringstream out, err;
  const int code = tool::run_tool(std::move(arguments), out, err);
  return {code, out.str(), err.str()};
}

/// The folder of test models, or an empty path, having said so.
inline std::filesystem::path models_folder() {
  if (const char* material = std::getenv("ETCH_MATERIAL")) return std::filesystem::path(material) / "models";
  WARN("skipped: ETCH_MATERIAL does not name a folder with models/mlperf_tiny and models/tflm");
  return {};
}

}  // namespace etch::test
