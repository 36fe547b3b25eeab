// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/hash.hpp>
#include <etch/model/training/training_code.hpp>
#include <runtime/storage/two_slots.hpp>

#include <array>
#include <string_view>
#include <type_traits>

namespace etch {

/// Keeps a training in flash: step, seed, learning rate, weights and optimizer slots, and things beside them
/// such as a replay store or a threshold. What is booted goes on with the bits that it had.
///
/// Things beside the model are trivially copyable objects without pointers; a boot takes those of the commit,
/// in the same order. States of stateful layers begin anew, as they do with files.
template <storage::FlashDriver Driver, class Trainer>
class StoredTraining {
 public:
  StoredTraining(Driver& driver, Trainer& trainer) : trainer_(trainer), slots_(driver, identity) {}

  /// Loads the newest state of this model and optimizer. Where the answer is not `loaded`, give the trainer
  /// and what is kept beside it their first values: they may have changed.
  template <class... Kept>
  storage::Boot boot(Kept&... kept) {
    Position position;
    const storage::Boot found = slots_.boot(parts<std::byte>(position, kept...));
    if (found != storage::Boot::loaded) return found;
    trainer_.resume(position.seed, position.step);
    if constexpr (Trainer::sets_learning_rate) trainer_.learning_rate(position.learning_rate);
    return found;
  }

  /// Makes this the state that the next boot loads: one erase of each page it needs. Where a training step in
  /// slices has moved some weights and not yet all (`Trainer::between_steps`), the answer is
  /// `unfinished_step` and the flash is not touched.
  template <class... Kept>
  storage::Commit commit(const Kept&... kept) {
    trainer_.ensure_ready();
    if (!trainer_.between_steps()) return storage::Commit::unfinished_step;
    const Position position{trainer_.step(), trainer_.seed(), trainer_.learning_rate()};
    return slots_.commit(parts<const std::byte>(position, kept...));
  }

  /// Bytes that a slot needs, before it is rounded up to pages: for a `static_assert`.
  template <class... Kept>
  static constexpr std::uint32_t slot_bytes(std::uint32_t alignment) {
    constexpr auto& memory = Trainer::Code::memory;
    return storage::slot_bytes_for(static_cast<std::uint32_t>(sizeof(Position) + (0 + ... + sizeof(Kept))) +
                                       static_cast<std::uint32_t>(memory.weights + memory.optimizer),
                                   alignment);
  }

  std::uint32_t generation() const { return slots_.generation(); }

 private:
  struct Position {
    std::uint32_t step = 0, seed = 0;
    float learning_rate = 0;
  };

  static constexpr storage::Identity identity{
      structure_hash(graph<Trainer::declaration>), [] {
        std::uint32_t crc = 0;
        for (const char c : std::string_view(Trainer::optimizer_name)) {
          const std::byte byte{static_cast<unsigned char>(c)};
          crc = crc32(std::span(&byte, 1), crc);
        }
        return crc;
      }()};

  template <class Byte, class... All>
  std::array<std::span<Byte>, 2 + sizeof...(All)> parts(All&... all) {
    static_assert((std::is_trivially_copyable_v<All> && ...),
                  "what is kept beside a model is copied byte by byte: give it no pointers or constructors");
    return {trainer_.weights(), trainer_.optimizer_state(), bytes_of(all)...};
  }
  template <class T>
  static auto bytes_of(T& one) {
    if constexpr (std::is_const_v<T>)
      return std::as_bytes(std::span(&one, 1));
    else
      return std::as_writable_bytes(std::span(&one, 1));
  }

  Trainer& trainer_;
  storage::TwoSlots<Driver> slots_;
};

}  // namespace etch
