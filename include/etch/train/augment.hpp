// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>
#include <etch/train/batch_view.hpp>

namespace etch {

/// The extents of an image sample, channels last.
struct ImageSize {
  int height = 0, width = 0, channels = 1;
};

/// Moves each image by up to `dx` columns and `dy` rows to either side, as drawn; what comes in is `fill`.
/// `.augment = RandomShift{{28, 28}, 2, 2}`
struct RandomShift {
  ImageSize size;
  int dx = 0, dy = 0;
  float fill = 0;

  void operator()(std::span<float> sample, AugmentKey key) const {
    if (sample.size() != static_cast<std::size_t>(size.height * size.width * size.channels))
      fail("RandomShift: the samples have another size than the image it was given");
    shift(sample.data(), key.between(0, -dx, dx), key.between(1, -dy, dy));
  }

 private:
  /// In place: lines are walked so that each is read before it is written.
  void shift(float* image, int right, int down) const {
    const int line = size.width * size.channels, step = right * size.channels;
    for (int i = 0; i < size.height; ++i) {
      const int row = down > 0 ? size.height - 1 - i : i, from = row - down;
      const bool inside = from >= 0 && from < size.height;
      for (int k = 0; k < line; ++k) {
        const int column = step > 0 ? line - 1 - k : k, source = column - step;
        image[row * line + column] =
            inside && source >= 0 && source < line ? image[from * line + source] : fill;
      }
    }
  }
};

/// Mirrors each image, left to right, with a chance of one half. `.augment = RandomFlip{{32, 32, 3}}`
struct RandomFlip {
  ImageSize size;

  void operator()(std::span<float> sample, AugmentKey key) const {
    if (sample.size() != static_cast<std::size_t>(size.height * size.width * size.channels))
      fail("RandomFlip: the samples have another size than the image it was given");
    if (key.between(0, 0, 1) == 0) return;
    for (int row = 0; row < size.height; ++row)
      for (int left = 0, right = size.width - 1; left < right; ++left, --right)
        for (int c = 0; c < size.channels; ++c) {
          float& a = sample[static_cast<std::size_t>((row * size.width + left) * size.channels + c)];
          float& b = sample[static_cast<std::size_t>((row * size.width + right) * size.channels + c)];
          const float kept = a;
          a = b;
          b = kept;
        }
  }
};

}  // namespace etch
