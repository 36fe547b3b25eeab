// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace etch::host::tflite {

/// A number or flag of a custom operator's options, a map in the format FlexBuffers; nothing where the bytes
/// are damaged, or where there is no such number that fits 32 bits.
std::optional<std::int32_t> custom_option(std::span<const std::byte> bytes, const std::string& name);

}  // namespace etch::host::tflite
