// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace etch::host {

/// What passes kept of a value's channels, the places along its last axis.
struct KeptChannels {
  int channels = 0;       ///< before any was removed; 0: all are there
  std::vector<int> kept;  ///< which, ascending
  std::vector<std::byte>
      filling;              ///< the whole value of one sample, as far as it is the same for every input
  std::vector<bool> known;  ///< by channel: kept, or in `filling`; else nothing reads what it held

  /// Whether byte `i` of the whole value is known.
  bool knows(std::size_t i) const { return channels == 0 || known[i % static_cast<std::size_t>(channels)]; }
  /// The whole value, from what was kept of it.
  std::vector<std::byte> inflate(std::span<const std::byte> kept_bytes) const;
};

}  // namespace etch::host
