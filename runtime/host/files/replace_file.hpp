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
/// returns false or the system fails, else what `write` throws. Where `path` is a symbolic link, it stays one
/// and the file that it names is replaced, or made. The bytes go to a temporary file in the same folder
/// (".etch-<process>-<number>.tmp"), which only its owner may read until it reaches the disk and takes the
/// name with the permissions of the file before it, or those of a new one. A program that is killed leaves
/// it; the next call for that folder removes it.
void replace_file(const std::filesystem::path& path, const std::function<bool(const ByteSink&)>& write);
/// The same with bytes that are there already.
void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace etch::host
