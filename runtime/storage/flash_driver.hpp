// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace etch::storage {

/// What a read says. Flash with error correction can tell that it does not know: a driver turns the fault or
/// interrupt that its chip raises then into `unreadable`.
enum class ReadStatus : std::uint8_t { good, unreadable };

/// Of the memory that two slots share; slots stand one after the other from address 0.
struct Sizes {
  std::uint32_t slot_bytes = 0;  ///< of one slot, whole pages
  std::uint32_t page_bytes = 0;  ///< what one erase takes
};

/// The largest word that is programmed at once, in bytes.
inline constexpr std::uint32_t max_alignment = 64;

/// Where states are kept: flash, EEPROM or RAM with a battery, behind five functions. Addresses count from 0.
///
/// - `read(address, to)` reads any bytes.
/// - `program(address, from)` writes words that were erased before and not written since; address and length
///   are multiples of `alignment()`. \return false where the chip says that it failed.
/// - `erase(address)` erases the page that begins there: all its bytes are 0xff then. \return as `program`.
/// - `sizes()`, and `alignment()`: bytes of the smallest word that is programmed at once, a power of two up
/// to
///   `max_alignment`.
template <class D>
concept FlashDriver = requires(D& driver, std::uint32_t address, std::span<std::byte> to,
                               std::span<const std::byte> from) {
  { driver.read(address, to) } -> std::same_as<ReadStatus>;
  { driver.program(address, from) } -> std::same_as<bool>;
  { driver.erase(address) } -> std::same_as<bool>;
  { driver.sizes() } -> std::same_as<Sizes>;
  { driver.alignment() } -> std::same_as<std::uint32_t>;
};

}  // namespace etch::storage
