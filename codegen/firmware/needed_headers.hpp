// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace etch::host {

/// Where Etch's headers lie: beside an installed program (`../include/etch0`) or in the clone that it was
/// built in, by the path of `program`. Throws `Error` where there are none, which names the option
/// `--headers`.
std::filesystem::path find_headers(const std::filesystem::path& program);

/// `root`, if Etch's headers lie there: a clone, or `include/etch0` of an installed Etch. Throws `Error`.
std::filesystem::path checked_headers(const std::filesystem::path& root);

/// A header by the name that includes have, `etch/...` or `runtime/...`, and where it lies.
struct NeededHeader {
  std::string name;
  std::filesystem::path path;
};

/// All headers that a source includes, directly or not, whichever kernels a compiler takes. \param root as
/// `find_headers` gives it. Throws `Error` where one is missing.
std::vector<NeededHeader> needed_headers(const std::string& source, const std::filesystem::path& root);

}  // namespace etch::host
