// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <runtime/host/files/hdf5.hpp>
#include <span>
#include <string>

namespace etch::host {

/// A file that Keras wrote, taken apart. Three layouts have been in use: an archive (`.keras`, of Keras 2.12
/// on), a whole model as HDF5 (`.h5`), and weights alone as HDF5, which lie as in one of the others.
struct KerasFile {
  std::string name;     ///< what messages call the file
  std::string version;  ///< of the Keras that wrote it, such as "2.15.0"; empty where it does not say
  std::string config;   ///< the model as JSON; empty: the file has weights alone
  Hdf5Tree weights;
  bool by_layer_names = false;  ///< groups are called as layers (`.h5`), and not as their classes (`.keras`)

  int major_version() const { return version.empty() ? 2 : std::atoi(version.c_str()); }
};

/// Whether a file is one that Keras may have written, by its first bytes: HDF5 or a zip archive.
bool is_keras(std::span<const std::byte> file);

/// What this build cannot read of Keras's files, because a library was not there: "HDF5", "libzip", or empty.
const char* missing_keras_library();

/// Reads a file in a child process that has 512 MB and 10 s. Throws `Error`.
KerasFile read_keras_file(std::span<const std::byte> file, const std::string& name);

}  // namespace etch::host
