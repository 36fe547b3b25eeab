// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <etch/train/dataset.hpp>
#include <span>
#include <vector>

namespace etch::host {

/// Images of bytes, channels last, and their labels; image `i` is the `image_size()` bytes from
/// `i * image_size()` on.
struct ImageSet {
  int rows = 0, columns = 0;
  std::vector<std::uint8_t> images;
  std::vector<std::uint8_t> labels;
  int channels = 1;  ///< 1: grey, 3: red, green, blue

  int count() const { return static_cast<int>(labels.size()); }
  int image_size() const { return rows * columns * channels; }
  /// What `fit` and `evaluate` take: pixels become value / 255. This set keeps the arrays.
  Dataset dataset() const {
    return {Samples(std::span<const std::uint8_t>(images)), Labels(std::span<const std::uint8_t>(labels))};
  }
};

}  // namespace etch::host
