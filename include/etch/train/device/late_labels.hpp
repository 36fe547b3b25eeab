// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <runtime/kernels/language.hpp>

namespace etch {

/// Samples that wait for their label: a user corrects a prediction minutes later, a part is inspected at the
/// end of the line. Each gets a ticket; when its label comes, the sample is taken back. Where all places are
/// taken, the oldest makes room.
template <int Elements, int Capacity, class Element = float>
class LateLabels {
 public:
  static_assert(Elements >= 1 && Capacity >= 1);

  /// Keeps a sample of `Elements` numbers. \return its ticket, never 0; 0 for a sample of another size.
  constexpr std::uint32_t put(std::span<const Element> sample) {
    if (sample.size() != Elements) return 0;
    Slot& slot = place();
    last_ = last_ == ~0U ? 1 : last_ + 1;
    if (slot.ticket != 0) ++expired_;
    slot.ticket = last_;
    for (std::size_t i = 0; i < Elements; ++i) slot.sample[i] = sample[i];
    return last_;
  }
  /// Writes the sample of a ticket to `to`, and gives up its place. \return false for a ticket that was
  /// taken, that made room, or that never was; then nothing is written.
  constexpr bool take(std::uint32_t ticket, std::span<Element> to) {
    if (ticket == 0 || to.size() < Elements) return false;
    for (Slot& slot : slot_) {
      if (slot.ticket != ticket) continue;
      for (std::size_t i = 0; i < Elements; ++i) to[i] = slot.sample[i];
      slot.ticket = 0;
      return true;
    }
    return false;
  }

  constexpr int waiting() const {
    int n = 0;
    for (const Slot& slot : slot_) n += slot.ticket != 0;
    return n;
  }
  /// Samples whose label did not come in time.
  constexpr std::uint32_t expired() const { return expired_; }

 private:
  struct Slot {
    std::uint32_t ticket = 0;
    std::array<Element, static_cast<std::size_t>(Elements)> sample{};
  };

  /// One that is free, or that of the oldest.
  constexpr Slot& place() {
    Slot* oldest = slot_.data();
    for (Slot& slot : slot_) {
      if (slot.ticket == 0) return slot;
      if (last_ - slot.ticket > last_ - oldest->ticket) oldest = &slot;
    }
    return *oldest;
  }

  std::array<Slot, static_cast<std::size_t>(Capacity)> slot_{};
  std::uint32_t last_ = 0, expired_ = 0;
};

}  // namespace etch
