// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// A file in a zip archive, as the archive's directory declares it.
struct ZipMember {
  std::string name;
  bool deflated = false;     ///< otherwise stored
  std::uint32_t crc = 0;     ///< of the contents
  std::size_t packed = 0;    ///< bytes in the archive
  std::size_t size = 0;      ///< bytes of the contents
  std::size_t position = 0;  ///< of its header in the archive
};

/// The members of a zip archive that is all of `bytes`. `name` is what messages call it. Throws `etch::Error`
/// if the directory is damaged, names a member twice, or declares members that are encrypted, packed other
/// than stored or deflated, beyond 4 GiB, or together larger than `limit` (small archives can otherwise fill
/// the memory). Format: APPNOTE.TXT 6.3.
std::vector<ZipMember> list_zip(std::span<const std::uint8_t> bytes, std::string_view name,
                                std::size_t limit = std::size_t{1} << 30);

/// The contents of a member. Throws `etch::Error` if they are not of the declared size and checksum.
std::vector<std::uint8_t> read_zip(std::span<const std::uint8_t> bytes, const ZipMember& member,
                                   std::string_view name);

}  // namespace etch::host
