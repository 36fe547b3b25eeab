// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace etch::host {

/// A picture of bytes: rows from the top, channels last.
struct Picture {
  int rows = 0, columns = 0;
  int channels = 1;  ///< 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> pixels;
};

/// Whether bytes begin as those of a PNG or JPEG file do.
bool is_picture(std::span<const std::uint8_t> bytes);

/// Reads a PNG or JPEG file. Transparent pixels are laid on black. \param channels 1 or 3: others of the file
/// become these. \param name what messages call the file. Throws `etch::Error` for damaged files, pictures of
/// more than 100 million pixels, and where this build is without libpng or libjpeg.
Picture read_picture(std::span<const std::uint8_t> bytes, int channels, std::string_view name);

/// The same picture with other rows and columns: bilinear between the middles of pixels, the edge repeated.
/// Reduced, each pixel is the mean of the area that it covers.
Picture resized(const Picture& picture, int rows, int columns);

/// Which of both libraries this build is without: "", or a sentence for a person.
std::string_view missing_picture_libraries();

}  // namespace etch::host
