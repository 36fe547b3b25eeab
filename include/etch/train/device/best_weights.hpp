// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <limits>
#include <span>

#include <runtime/kernels/language.hpp>

namespace etch {

/// A copy of the weights that had the lowest value so far: `BestWeights<Trainer::Code::memory.weights>`. It
/// is an object that can be committed with the training (`StoredTraining`).
template <int Bytes>
class BestWeights {
 public:
  /// Keeps the weights if `value` is lower than all before. NaN never is. \return whether it was.
  constexpr bool offer(float value, std::span<const std::byte> weights) {
    if (!(value < best()) || weights.size() != size) return false;
    best_ = value;
    for (std::size_t i = 0; i < size; ++i) copy_[i] = weights[i];
    kept_ = true;
    return true;
  }
  /// Puts them back; the optimizer's state stays as it is. \return false where there are none.
  constexpr bool restore(std::span<std::byte> weights) const {
    if (!kept_ || weights.size() != size) return false;
    for (std::size_t i = 0; i < size; ++i) weights[i] = copy_[i];
    return true;
  }
  /// Infinity where there are none.
  constexpr float best() const { return kept_ ? best_ : std::numeric_limits<float>::infinity(); }
  constexpr bool kept() const { return kept_; }
  constexpr void forget() { kept_ = false; }

 private:
  static_assert(Bytes > 0, "a model without weights has no best ones");
  static constexpr std::size_t size = Bytes;
  alignas(4) std::byte copy_[size]{};
  float best_ = 0;
  bool kept_ = false;
};

}  // namespace etch
