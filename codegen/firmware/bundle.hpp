// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_ends.hpp>

#include <filesystem>
#include <string>

namespace etch::host {

struct BundleOptions {
  std::filesystem::path folder;   ///< with the sources that `emit_model` wrote, its self test among them
  std::string name;               ///< theirs
  std::filesystem::path headers;  ///< `find_headers`
  std::string board = "desktop";  ///< whose compiler and flags the Makefile has unless it is told otherwise
  FirmwareEnds ends{};            ///< of the model
  bool states = false;            ///< whether it keeps them
  bool blob = false;              ///< whether it is told its weights
};

/// Makes a folder of a model's sources one that builds with no Etch beside it: the headers that they need in
/// `headers`, a Makefile for a library and the self test, a README and Etch's license. Throws `Error`.
void write_bundle(const BundleOptions& options);

/// Makes a bundle's library by its Makefile, which needs make and the board's compiler, and returns its path.
/// Throws `Error`.
std::filesystem::path build_library(const BundleOptions& options);

}  // namespace etch::host
