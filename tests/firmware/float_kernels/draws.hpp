// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <bit>
#include <cstdint>
#include <span>

/// Numbers for kernels, the same ones on every target.
namespace float_kernels {

class Draws {
 public:
  explicit constexpr Draws(std::uint32_t seed) : state_(seed * 2654435769U + 1U) {}

  constexpr std::uint32_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state_ >> 32);
  }
  /// From low to high, both included.
  constexpr int between(int low, int high) {
    return low + static_cast<int>(next() % static_cast<std::uint32_t>(high - low + 1));
  }
  /// Mostly between -1 and 1; zeros of both signs, subnormal, with products that are subnormal or zero, large
  /// and, if asked for, numbers that are none.
  constexpr float number(bool with_nan) {
    const float usual = static_cast<float>(between(-0x7fffff, 0x7fffff)) * 0x1p-23f;
    switch (next() % 32) {
      case 0:
      case 1:
        return 0.0f;
      case 2:
      case 3:
        return -0.0f;
      case 4:
        return usual * 0x1p-130f;
      case 5:
        return usual * 0x1p70f;
      case 6:
        return with_nan && next() % 8 == 0 ? std::bit_cast<float>(0x7fc00000U) : usual;
      case 7:
        return usual * 0x1p-70f;
      default:
        return usual;
    }
  }
  constexpr void fill(std::span<float> numbers, bool with_nan = false) {
    for (float& x : numbers) x = number(with_nan);
  }

 private:
  std::uint64_t state_;
};

/// A hash of results, in which every NaN is the same one.
class Hash {
 public:
  void take(std::span<const float> results) {
    for (const float x : results) {
      std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
      if ((bits & 0x7fffffffU) > 0x7f800000U) bits = 0x7fc00000U;
      value_ = (value_ ^ bits) * 16777619U;
    }
  }
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 2166136261U;
};

}  // namespace float_kernels
