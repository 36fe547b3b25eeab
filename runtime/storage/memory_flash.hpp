// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/storage/flash_driver.hpp>

#include <cstring>

namespace etch::storage {

/// A driver for memory that is written like RAM: RAM with a battery, FRAM, or the image of a flash on a
/// desktop. `bytes` holds both slots.
struct MemoryFlash {
  std::span<std::byte> bytes;
  std::uint32_t page_bytes = 0;
  std::uint32_t word_bytes = 4;

  ReadStatus read(std::uint32_t address, std::span<std::byte> to) const {
    if (!holds(address, to.size())) return ReadStatus::unreadable;
    if (!to.empty()) std::memcpy(to.data(), bytes.data() + address, to.size());
    return ReadStatus::good;
  }
  bool program(std::uint32_t address, std::span<const std::byte> from) {
    if (!holds(address, from.size())) return false;
    if (!from.empty()) std::memcpy(bytes.data() + address, from.data(), from.size());
    return true;
  }
  bool erase(std::uint32_t address) {
    if (!holds(address, page_bytes)) return false;
    std::memset(bytes.data() + address, 0xff, page_bytes);
    return true;
  }
  Sizes sizes() const { return {static_cast<std::uint32_t>(bytes.size() / 2), page_bytes}; }
  std::uint32_t alignment() const { return word_bytes; }

 private:
  bool holds(std::uint32_t address, std::size_t count) const {
    return address <= bytes.size() && count <= bytes.size() - address;
  }
};

}  // namespace etch::storage
