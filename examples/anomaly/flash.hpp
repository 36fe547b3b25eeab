// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "examples/anomaly/platform.hpp"

#include <runtime/storage/memory_flash.hpp>

#include <cstdint>

namespace anomaly {

inline constexpr std::uint32_t page_bytes = 2048, pages = 4, word_bytes = 8;

/// A flash of 2 KiB pages and words of 8 bytes in RAM, which a file outlives. At an operation that the
/// command line names, power goes: of that word or page a half is done.
struct CutFlash : etch::storage::MemoryFlash {
  const char* path = nullptr;
  std::int32_t operations_to_cut = -1;

  bool program(std::uint32_t address, std::span<const std::byte> from) {
    for (std::size_t i = 0; i < from.size(); i += word_bytes) {
      const auto word = from.subspan(i, word_bytes);
      if (operations_to_cut-- == 0) {
        MemoryFlash::program(address + static_cast<std::uint32_t>(i), word.first(word_bytes / 2));
        cut();
      }
      MemoryFlash::program(address + static_cast<std::uint32_t>(i), word);
    }
    return true;
  }
  bool erase(std::uint32_t address) {
    if (operations_to_cut-- == 0) {
      for (std::uint32_t i = 0; i < page_bytes / 2; ++i) bytes[address + i] = std::byte{0xff};
      cut();
    }
    return MemoryFlash::erase(address);
  }
  void save() const { platform::write_file(path, bytes); }

 private:
  [[noreturn]] void cut() const {
    save();
    platform::write("power is cut\n");
    platform::stop(3);
  }
};

}  // namespace anomaly
