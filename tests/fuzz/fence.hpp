// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <sanitizer/asan_interface.h>
#include <codegen/prove/place.hpp>

#include <cstddef>
#include <span>

namespace etch::fuzz {

using host::Place;

/// Forbids all of a region that is no value's, as long as this lives.
class Fenced {
 public:
  /// \param base at a multiple of 16, as is each value's offset.
  Fenced(const void* base, int bytes, std::span<const Place> values)
      : base_(base), bytes_(static_cast<std::size_t>(bytes)) {
    ASAN_POISON_MEMORY_REGION(base_, bytes_);
    for (const Place& value : values)
      ASAN_UNPOISON_MEMORY_REGION(static_cast<const std::byte*>(base_) + value.offset,
                                  static_cast<std::size_t>(value.bytes));
  }
  ~Fenced() { ASAN_UNPOISON_MEMORY_REGION(base_, bytes_); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;

 private:
  const void* base_;
  std::size_t bytes_;
};

}  // namespace etch::fuzz
