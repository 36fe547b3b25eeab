// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/fuzz/mutation.hpp>

#include <algorithm>
#include <optional>

namespace etch::fuzz {

/// An NPY file in its parts, so that the length of its header is right whatever the dictionary becomes.
struct NpyParts {
  int version = 1;
  std::string dictionary;
  Bytes data;

  static constexpr std::uint8_t magic[]{0x93, 'N', 'U', 'M', 'P', 'Y'};
  static bool begins(std::span<const std::uint8_t> file) {
    return file.size() > 10 && std::equal(std::begin(magic), std::end(magic), file.begin());
  }

  static std::optional<NpyParts> of(std::span<const std::uint8_t> file) {
    if (!begins(file)) return std::nullopt;
    NpyParts parts;
    parts.version = file[6];
    const std::size_t start = 8 + parts.length_bytes();
    std::size_t length = 0;
    for (std::size_t i = 8; i < std::min(start, file.size()); ++i)
      length |= std::size_t{file[i]} << (8 * (i - 8));
    if (file.size() < start || length > file.size() - start) return std::nullopt;
    parts.dictionary.assign(reinterpret_cast<const char*>(file.data()) + start, length);
    parts.data.assign(file.begin() + static_cast<std::ptrdiff_t>(start + length), file.end());
    return parts;
  }

  Bytes file() const {
    Bytes bytes(std::begin(magic), std::end(magic));
    bytes.push_back(static_cast<std::uint8_t>(version));
    bytes.push_back(0);
    for (std::size_t i = 0; i < length_bytes(); ++i)
      bytes.push_back(static_cast<std::uint8_t>(dictionary.size() >> (8 * i)));
    bytes.insert(bytes.end(), dictionary.begin(), dictionary.end());
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
  }

 private:
  std::size_t length_bytes() const { return version == 1 ? 2 : 4; }
};

}  // namespace etch::fuzz
