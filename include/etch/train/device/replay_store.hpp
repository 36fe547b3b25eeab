// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <runtime/kernels/portable/random.hpp>
#include <span>

namespace etch {

/// What makes room in a full replay store.
enum class ReplayPolicy : std::uint8_t {
  ring,       ///< the oldest
  reservoir,  ///< any: all samples that ever came are there with one probability (Vitter, Random sampling
              ///< with a reservoir, ACM TOMS 11(1), 1985: algorithm R)
  balanced  ///< one of the class that has most; a class that ever lost or was refused a sample is a reservoir
            ///< (Chrysakis and Moens, Online continual learning from imbalanced data, ICML 2020:
            ///< class-balancing reservoir sampling). Of more classes than there is room for, each is
            ///< held with one probability
};

/// Samples that were seen, to train on again, so that a head that learns new classes does not forget the old:
/// outputs of an int8 trunk, a byte for each number and one for the label. Nothing here is random but by
/// Etch's counter: the same samples in the same order give the same store on every machine. With seed 0 it is
/// all zeros at first, so that a static one costs no flash.
template <int Elements, int Capacity, int Classes, ReplayPolicy Policy = ReplayPolicy::balanced>
class ReplayStore {
 public:
  static_assert(Elements >= 1 && Capacity >= 1 && Capacity <= 65535);
  static_assert(Classes >= 1 && Classes <= 256, "a label is a byte");
  static constexpr int elements = Elements, capacity = Capacity;

  constexpr explicit ReplayStore(std::uint32_t seed = 0) : seed_(seed) {}

  /// \return whether the sample is kept. A label that is no class, and a sample of another size, are not.
  constexpr bool add(std::span<const std::int8_t> sample, std::int32_t label) {
    if (sample.size() != Elements || label < 0 || label >= Classes) return false;
    const auto c = static_cast<std::size_t>(label);
    ++seen_;
    if constexpr (by_class) ++seen_of_[c];
    const bool full = size_ == Capacity;
    const int place = place_for(c);
    if (place < 0) return false;
    const auto at = static_cast<std::size_t>(place);
    if (full) --held_[label_[at]];
    ++held_[c];
    put(at, sample, c);
    return true;
  }

  constexpr int size() const { return size_; }
  /// Samples that came, kept or not.
  constexpr std::uint32_t seen() const { return seen_; }
  /// Samples of this class that are held; 0 for a label that is none.
  constexpr int size_of(int label) const {
    return label < 0 || label >= Classes ? 0 : held_[static_cast<std::size_t>(label)];
  }
  /// Sample `i` of those that are held, from 0, and its label.
  constexpr std::span<const std::int8_t> sample(int i) const {
    return {sample_.data() + static_cast<std::size_t>(i) * Elements, static_cast<std::size_t>(Elements)};
  }
  constexpr std::int32_t label(int i) const { return label_[static_cast<std::size_t>(i)]; }

  /// The sample that row `row` of training step `step` trains on: each as likely as the others. The store
  /// must not be empty.
  constexpr int draw(std::uint32_t step, std::uint32_t row) const {
    return static_cast<int>(
        random::below({seed_, draw_stream}, step, 0, row, static_cast<std::uint32_t>(size_)));
  }
  /// Writes what it draws for a step to a batch, as real numbers (q - zero_point) * scale. \return the rows
  /// that were written: 0 where the store is empty or there is room for none.
  constexpr int draw_batch(std::uint32_t step, float scale, int zero_point, std::span<float> samples,
                           std::span<std::int32_t> labels) const {
    if (size_ == 0) return 0;
    std::size_t rows = labels.size();
    if (samples.size() / Elements < rows) rows = samples.size() / Elements;
    for (std::size_t r = 0; r < rows; ++r) {
      const int i = draw(step, static_cast<std::uint32_t>(r));
      const auto from = sample(i);
      for (std::size_t k = 0; k < from.size(); ++k)
        samples[r * Elements + k] = static_cast<float>(from[k] - zero_point) * scale;
      labels[r] = label(i);
    }
    return static_cast<int>(rows);
  }

 private:
  static constexpr bool by_class = Policy == ReplayPolicy::balanced;
  static constexpr std::uint32_t add_stream = 0x52455041, draw_stream = 0x52455044;  // "REPA", "REPD"

  /// Where the sample that came last goes, or -1.
  constexpr int place_for(std::size_t label) {
    if (size_ < Capacity) return size_++;
    if constexpr (Policy == ReplayPolicy::ring) {
      return static_cast<int>((seen_ - 1) % Capacity);
    } else if constexpr (Policy == ReplayPolicy::reservoir) {
      const std::uint32_t place = chance(0, seen_);
      return place < Capacity ? static_cast<int>(place) : -1;
    } else {
      return place_by_class(label);
    }
  }
  constexpr int place_by_class(std::size_t label) {
    const int largest = largest_class();
    const std::uint32_t held = held_[label], most = held_[static_cast<std::size_t>(largest)];
    const bool all_are_held = seen_of_[label] - 1 == held;
    if (all_are_held && most == 1 && held == 0) {  // one a class: a reservoir of classes
      const std::uint32_t place = chance(0, classes_seen());
      return place < Capacity ? static_cast<int>(place) : -1;
    }
    if (all_are_held && held < most) return nth_of(largest, chance(0, most));
    const std::uint32_t place = chance(1, seen_of_[label]);
    return place < held ? nth_of(static_cast<int>(label), place) : -1;
  }
  constexpr std::uint32_t chance(std::uint32_t use, std::uint32_t below) const {
    return random::below({seed_, add_stream}, seen_, use, 0, below);
  }
  constexpr int largest_class() const {
    std::size_t most = 0;
    for (std::size_t c = 1; c < Classes; ++c)
      if (held_[c] > held_[most]) most = c;
    return static_cast<int>(most);
  }
  constexpr std::uint32_t classes_seen() const {
    std::uint32_t n = 0;
    for (const std::uint32_t seen : seen_of_) n += seen > 0 ? 1 : 0;
    return n;
  }
  /// The place of the n-th sample of a class.
  constexpr int nth_of(int label, std::uint32_t n) const {
    for (int i = 0; i < size_; ++i)
      if (label_[static_cast<std::size_t>(i)] == label && n-- == 0) return i;
    return -1;
  }
  constexpr void put(std::size_t at, std::span<const std::int8_t> sample, std::size_t label) {
    for (std::size_t k = 0; k < Elements; ++k) sample_[at * Elements + k] = sample[k];
    label_[at] = static_cast<std::uint8_t>(label);
  }

  std::array<std::int8_t, static_cast<std::size_t>(Elements) * Capacity> sample_{};
  std::array<std::uint8_t, static_cast<std::size_t>(Capacity)> label_{};
  std::array<std::uint32_t, static_cast<std::size_t>(by_class ? Classes : 0)> seen_of_{};
  std::array<std::uint16_t, static_cast<std::size_t>(Classes)> held_{};  ///< of each class
  std::uint32_t seed_, seen_ = 0;
  int size_ = 0;
};

}  // namespace etch
