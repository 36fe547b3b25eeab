// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <runtime/kernels/language.hpp>

namespace etch {

/// Weights of samples that make classes count the same, however often they come: all samples / (classes that
/// came * samples of this one), the formula that scikit-learn calls balanced.
template <int Classes>
class ClassBalance {
 public:
  static_assert(Classes >= 1, "there is at least one class");

  /// Numbers halve where there would be more than `memory`, so that what is long ago counts less.
  constexpr explicit ClassBalance(std::uint32_t memory = 1U << 20)
      : memory_(memory < 2      ? 2
                : memory < most ? memory
                                : most) {}

  /// \return false for a label that is no class; it does not count.
  constexpr bool add(std::int32_t label) {
    if (label < 0 || label >= Classes) return false;
    ++count_[static_cast<std::size_t>(label)];
    if (++total_ <= memory_) return true;
    total_ = 0;
    for (std::uint32_t& count : count_) total_ += count = count / 2 + count % 2;  // what came stays above 0
    return true;
  }

  /// Of a sample of this class: 1 for a class that did not come yet, 0 for a label that is none.
  constexpr float weight(std::int32_t label) const {
    if (label < 0 || label >= Classes) return 0;
    const std::uint32_t count = count_[static_cast<std::size_t>(label)];
    if (count == 0) return 1;
    std::uint32_t seen = 0;
    for (const std::uint32_t each : count_) seen += each > 0;
    return static_cast<float>(total_) / (static_cast<float>(seen) * static_cast<float>(count));
  }
  /// Those of a batch, for `train_on_batch`. \return false where there is no room.
  constexpr bool weigh(std::span<const std::int32_t> labels, std::span<float> weights) const {
    if (weights.size() < labels.size()) return false;
    for (std::size_t i = 0; i < labels.size(); ++i) weights[i] = weight(labels[i]);
    return true;
  }

  constexpr std::uint32_t total() const { return total_; }
  /// Of samples of this class; 0 for a label that is none.
  constexpr std::uint32_t count(std::int32_t label) const {
    return label < 0 || label >= Classes ? 0 : count_[static_cast<std::size_t>(label)];
  }

 private:
  static constexpr std::uint32_t most = 1U << 31;  ///< that `total_` can go above
  std::array<std::uint32_t, static_cast<std::size_t>(Classes)> count_{};
  std::uint32_t total_ = 0, memory_;
};

}  // namespace etch
