// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/cycles/read_cache.hpp>

#include <cstdint>

namespace etch::cycles {

/// What becomes of what flash reads ahead of the program.
enum class Prefetch : std::uint8_t {
  off,       ///< nothing is read ahead
  buffered,  ///< it waits in a buffer of one read, and is gone with the next
  cached,    ///< it enters the cache too when it is used
};

struct FlashParameters {
  int wait_states = 0;         ///< of instructions: a read takes one cycle more
  int data_wait_states = 0;    ///< of data
  int read_bytes = 16;         ///< of one read
  int line_bytes = 16;         ///< of a line of either cache
  int instruction_lines = 64;  ///< 0: no cache
  int data_lines = 16;
  Prefetch prefetch = Prefetch::cached;
};

/// Flash that is slower than the core, with a buffer that reads ahead and two small caches, as the
/// accelerators in front of the flash of microcontrollers have them: one port, one read at a time. All times
/// are in cycles.
class Flash {
 public:
  explicit Flash(const FlashParameters& parameters);

  /// Cycles that the core waits for an instruction at time `now`; `in_order` where it follows the one before.
  int fetch(std::uint32_t address, int bytes, std::uint64_t now, bool in_order);

  /// Cycles that the core waits for data at time `now`.
  int load(std::uint32_t address, std::uint64_t now);

 private:
  std::uint32_t read_of(std::uint32_t address) const;
  int fetch_read(std::uint32_t read, std::uint64_t now, bool in_order);
  int wait_for(std::uint32_t read, std::uint64_t now, bool in_order);
  void read_ahead(std::uint32_t read, std::uint64_t now);

  FlashParameters parameters_;
  int read_shift_;  ///< of addresses to numbers of reads
  ReadCache instructions_, data_;
  std::uint32_t current_ = ~0U;  ///< the read that the core holds
  std::uint32_t ahead_ = ~0U;    ///< the read in the buffer
  std::uint64_t ahead_ready_ = 0, busy_until_ = 0;
};

}  // namespace etch::cycles
