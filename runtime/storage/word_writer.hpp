// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/storage/flash_driver.hpp>

#include <array>

namespace etch::storage {

/// Programs bytes that come in pieces of any length as words, each of them once.
template <FlashDriver Driver>
class WordWriter {
 public:
  WordWriter(Driver& driver, std::uint32_t address) : driver_(driver), address_(address) {}

  void put(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      buffer_[used_++] = byte;
      if (used_ == buffer_.size()) program();
    }
  }
  /// Programs what is still here, with bytes as erased ones behind it. \return whether all went well.
  bool finish() {
    while (used_ % driver_.alignment() != 0) buffer_[used_++] = std::byte{0xff};
    if (used_ > 0) program();
    return good_;
  }

 private:
  void program() {
    good_ = good_ && driver_.program(address_, std::span<const std::byte>(buffer_).first(used_));
    address_ += static_cast<std::uint32_t>(used_);
    used_ = 0;
  }

  Driver& driver_;
  std::uint32_t address_;
  std::size_t used_ = 0;
  bool good_ = true;
  alignas(8) std::array<std::byte, max_alignment> buffer_;
};

}  // namespace etch::storage
