// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/bundle.hpp>
#include <runtime/kernels/kernel_sets.hpp>

#include <string>
#include <vector>

namespace etch::host {

/// What a package says of itself.
struct PackageOptions {
  std::string kind;                                      ///< one of `package_kinds`
  std::string version = "1.0.0";                         ///< three numbers
  std::string author = "Unnamed <unnamed@example.com>";  ///< a name and a mail address
  std::string url;                                       ///< its home; empty: one at example.com
  std::string license;                                   ///< an SPDX expression; empty: none is named
};

/// The ecosystems that packages are for, as `--package` takes them.
std::vector<std::string> package_kinds();

/// Throws `Error` where a package cannot be called so, or says something that its files cannot hold.
void check_package(const PackageOptions& options, const std::string& name);

/// Where the sources of a package lie, below or as the folder of the package: ecosystems that compile all
/// they find get libraries instead.
std::filesystem::path package_sources(const std::filesystem::path& folder, const std::string& kind);

/// `kernels_of(board)`, but what `desktop` stands for in a package is every core of boards, unless the
/// package may be for desktops too: their scratch is several times as large.
kernels::KernelSets package_kernels(const std::string& kind, const std::string& board);

/// Makes a bundle in `package_sources(folder, kind)` a package in `folder`: the ecosystem's own files, an
/// example, and libraries where it does not compile C++20. Returns a sentence that says what it has become.
/// Throws `Error`.
std::string write_package(const BundleOptions& bundle, const PackageOptions& options,
                          const std::filesystem::path& folder);

}  // namespace etch::host
