// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/keras/keras_file.hpp>
#include <tests/fuzz/mutation.hpp>

#include <algorithm>
#include <string>

namespace etch::fuzz {

/// A file of Keras as it comes out of the child process: in a fuzzer's input the version's first digit and
/// the layout, a letter each, four bytes of length, the configuration, and the tree as it comes over the
/// pipe.
struct KerasParts {
  char version = '3', layout = 'k';  ///< 'h': groups are called as layers
  std::string config;
  Bytes tree;

  static KerasParts of(std::span<const std::uint8_t> input) {
    KerasParts parts;
    if (input.size() < 6) return parts;
    parts.version = static_cast<char>(input[0]);
    parts.layout = static_cast<char>(input[1]);
    std::uint32_t length = 0;
    std::memcpy(&length, input.data() + 2, sizeof length);
    const auto rest = input.subspan(6);
    const auto config = rest.first(std::min<std::size_t>(length, rest.size())),
               tree = rest.subspan(config.size());
    parts.config.assign(config.begin(), config.end());
    parts.tree.assign(tree.begin(), tree.end());
    return parts;
  }

  Bytes bytes() const {
    const auto length = static_cast<std::uint32_t>(config.size());
    Bytes all(6 + config.size());
    all[0] = static_cast<std::uint8_t>(version);
    all[1] = static_cast<std::uint8_t>(layout);
    std::memcpy(all.data() + 2, &length, sizeof length);
    std::copy(config.begin(), config.end(), all.begin() + 6);
    all.insert(all.end(), tree.begin(), tree.end());
    return all;
  }

  /// Throws `Error` for bytes that are no tree.
  host::KerasFile file() const {
    host::KerasFile file;
    file.name = "model.keras";
    file.version = std::string(1, version);
    file.config = config;
    file.weights = host::tree_of(std::as_bytes(std::span(tree)), file.name);
    file.by_layer_names = layout == 'h';
    return file;
  }
};

}  // namespace etch::fuzz
