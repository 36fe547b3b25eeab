// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/safetensors_writer.hpp>
#include <runtime/storage/flash_driver.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace etch::storage {

/// What a state and the firmware that reads it must agree on.
struct Identity {
  std::uint64_t graph = 0;      ///< `structure_hash` of the declaration
  std::uint32_t optimizer = 0;  ///< CRC-32 of its name: it decides what the data hold beside weights
  bool operator==(const Identity&) const = default;
};

/// A slot begins with it; the seal follows in a word of its own, and then the data. Little-endian.
struct SlotHeader {
  static constexpr std::uint32_t magic_number = 0x53437445;  // "EtCS"
  static constexpr std::uint32_t current_version = 1;

  std::uint32_t magic = magic_number;
  std::uint32_t version = current_version;  ///< of the format
  std::uint32_t generation = 0;             ///< one more with each commit
  std::uint32_t bytes = 0;                  ///< of the data
  std::uint64_t graph = 0;
  std::uint32_t optimizer = 0;
  std::uint32_t crc = 0;  ///< CRC-32 of all that stands before it here, and of the data

  Identity identity() const { return {graph, optimizer}; }
};
static_assert(sizeof(SlotHeader) == 32 && std::endian::native == std::endian::little);

using HeaderBytes = std::array<std::byte, sizeof(SlotHeader)>;

constexpr HeaderBytes bytes_of(const SlotHeader& header) { return std::bit_cast<HeaderBytes>(header); }

/// The CRC-32 of a header without its own, to go on with the data.
constexpr std::uint32_t crc_before_data(const SlotHeader& header) {
  const HeaderBytes all = bytes_of(header);
  return crc32(std::span(all).first(offsetof(SlotHeader, crc)));
}

/// Where the parts of a slot stand.
struct SlotLayout {
  std::uint32_t seal = 0, data = 0;  ///< bytes from the beginning of the slot

  constexpr explicit SlotLayout(std::uint32_t alignment)
      : seal(rounded(sizeof(SlotHeader), alignment)), data(seal + alignment) {}
  static constexpr std::uint32_t rounded(std::uint32_t bytes, std::uint32_t alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
  }
};

/// Whether two slots can stand in flash of these sizes and this alignment.
constexpr bool is_right(const Sizes& sizes, std::uint32_t word) {
  return std::has_single_bit(word) && word <= max_alignment && sizes.page_bytes > 0 &&
         sizes.page_bytes % word == 0 && sizes.slot_bytes > 0 && sizes.slot_bytes % sizes.page_bytes == 0 &&
         sizes.slot_bytes <= ~0U / 2 && sizes.slot_bytes >= SlotLayout(word).data;
}

/// Bytes that a slot needs for a state, before it is rounded up to pages: for a `static_assert`.
constexpr std::uint32_t slot_bytes_for(std::uint32_t data_bytes, std::uint32_t alignment) {
  return SlotLayout(alignment).data + SlotLayout::rounded(data_bytes, alignment);
}

/// What the word of the seal holds, again and again up to its size: neither erased nor cleared flash.
inline constexpr std::array<std::byte, 4> seal_pattern{std::byte{0x5e}, std::byte{0xa1}, std::byte{0xed},
                                                       std::byte{0x2c}};

}  // namespace etch::storage
