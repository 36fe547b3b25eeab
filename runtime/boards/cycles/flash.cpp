// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/flash.hpp>

#include <algorithm>
#include <bit>

namespace etch::cycles {
namespace {

// Instructions wait in the core's own buffer: it asks for the next read this much before it needs it.
constexpr std::uint64_t asked_early = 2;

}  // namespace

Flash::Flash(const FlashParameters& parameters)
    : parameters_(parameters),
      read_shift_(std::countr_zero(static_cast<std::uint32_t>(parameters.read_bytes))),
      instructions_(parameters.instruction_lines, parameters.line_bytes / parameters.read_bytes),
      data_(parameters.data_lines, parameters.line_bytes / parameters.read_bytes) {}

std::uint32_t Flash::read_of(std::uint32_t address) const { return address >> read_shift_; }

int Flash::fetch(std::uint32_t address, int bytes, std::uint64_t now, bool in_order) {
  const std::uint32_t first = read_of(address);
  const std::uint32_t last = read_of(address + static_cast<std::uint32_t>(bytes) - 1);
  int waited = 0;
  if (first != current_) waited += fetch_read(first, now, in_order);
  if (last != first) waited += fetch_read(last, now + static_cast<std::uint64_t>(waited), true);
  current_ = last;
  return waited;
}

int Flash::fetch_read(std::uint32_t read, std::uint64_t now, bool in_order) {
  if (parameters_.wait_states == 0) return 0;
  const int waited = wait_for(read, now, in_order);
  if (parameters_.prefetch != Prefetch::off) read_ahead(read + 1, now + static_cast<std::uint64_t>(waited));
  return waited;
}

int Flash::wait_for(std::uint32_t read, std::uint64_t now, bool in_order) {
  if (instructions_.use(read)) return 0;
  if (parameters_.prefetch != Prefetch::off && read == ahead_) {
    if (parameters_.prefetch == Prefetch::cached) instructions_.keep(read);
    return ahead_ready_ > now ? static_cast<int>(ahead_ready_ - now) : 0;
  }
  const std::uint64_t taken = static_cast<std::uint64_t>(parameters_.wait_states) + 1;
  const std::uint64_t asked = in_order ? now - std::min(now, asked_early) : now;
  const std::uint64_t begin = std::max(busy_until_, asked);
  busy_until_ = begin + taken;
  instructions_.keep(read);
  const std::uint64_t there = busy_until_ - 1;  // the first cycle is the instruction's own
  return there > now ? static_cast<int>(there - now) : 0;
}

void Flash::read_ahead(std::uint32_t read, std::uint64_t now) {
  if (read == ahead_ || instructions_.has(read)) return;
  ahead_ = read;
  ahead_ready_ = std::max(busy_until_, now) + static_cast<std::uint64_t>(parameters_.wait_states) + 1;
  busy_until_ = ahead_ready_;
}

int Flash::load(std::uint32_t address, std::uint64_t now) {
  if (parameters_.data_wait_states == 0) return 0;
  const std::uint32_t read = read_of(address);
  if (data_.use(read)) return 0;
  busy_until_ = std::max(busy_until_, now) + static_cast<std::uint64_t>(parameters_.data_wait_states) + 1;
  data_.keep(read);
  return static_cast<int>(busy_until_ - now) - 1;
}

}  // namespace etch::cycles
