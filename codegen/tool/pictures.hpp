// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/stored_numbers.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace etch::tool {

/// What the darkest and the brightest pixel are as real numbers.
struct PixelRange {
  float darkest = 0, brightest = 1;
};

/// "0..1", "-1..1" or any other two numbers. Throws `Error`.
PixelRange pixel_range(const std::string& text);

/// A picture as one sample of an input of rows, columns and 1 or 3 channels, stretched to its size. Without a
/// range the pixels span what an input of int8 can hold. \param note gets what was done with it, for
/// a person. Throws `Error`, also where an input of another type is given no range.
std::vector<std::byte> picture_sample(std::span<const std::uint8_t> file, const std::string& name,
                                      const Shape& shape, const Storage& storage,
                                      const std::optional<PixelRange>& range, std::string& note);

}  // namespace etch::tool
