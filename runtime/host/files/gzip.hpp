// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace etch::host {

/// The bytes of a file. Throws `etch::Error` if it is missing, a folder or unreadable.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path);

/// Decompresses all of `bytes`, one or several gzip members. `name` is what messages call the data.
/// Throws `etch::Error` if the data is truncated or corrupt, is followed by anything else, or would take more
/// than `limit` bytes (a few kilobytes can otherwise fill the memory).
std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::string_view name,
                                 std::size_t limit = std::size_t{1} << 30);

}  // namespace etch::host
