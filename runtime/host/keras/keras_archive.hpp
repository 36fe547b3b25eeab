// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// What a `.keras` archive holds.
struct KerasArchive {
  std::string metadata, config;    ///< JSON
  std::vector<std::byte> weights;  ///< HDF5 or NPZ; empty where there are none
  bool npz = false;
};

/// Takes an archive apart. It is a stranger's file: call this in a child process. Throws `Error` for what is
/// no archive of Keras, is damaged, has its weights in parts, or would unpack to more than it can be.
KerasArchive read_keras_archive(std::span<const std::byte> file, const std::string& name);

}  // namespace etch::host
