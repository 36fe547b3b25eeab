// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

namespace etch::host {

/// Takes the next bytes of a file; false if they cannot be written.
using ByteSink = std::function<bool(std::span<const std::byte>)>;

/// Replaces `path` by what `write` gives to its sink, or leaves it as it was and throws: `Error` if `write`
/// returns false or the system fails, else what `write` throws. The bytes go to a temporary file in the same
/// folder (`path` and ".<process>.<number>.tmp"; only a crash leaves it), which reaches the disk before it
/// takes the name.
void replace_file(const std::filesystem::path& path, const std::function<bool(const ByteSink&)>& write);
/// The same with bytes that are there already.
void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace etch::host
