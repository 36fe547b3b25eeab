// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/int8_range.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace etch {

/// The bits of a word without a sign, as those of a number with one.
inline constexpr int unsigned_word = 33;

/// The least and the largest that a whole number can be which a kernel computes, whatever the model's input.
struct ComputedNumber {
  const char* what = "";  ///< "sum of products", as a certificate names it
  int bits = 32;          ///< of its type
  std::int64_t low = 0, high = 0;
  bool saturates = false;  ///< the kernel keeps it within its type: nothing can overflow

  constexpr std::int64_t most() const { return bits == 64 ? INT64_MAX : (std::int64_t{1} << (bits - 1)) - 1; }
  constexpr int type_bits() const { return bits == unsigned_word ? 32 : bits; }
  constexpr bool within_type() const { return low >= -most() - 1 && high <= most(); }
  constexpr bool proven() const { return saturates || within_type(); }
};

/// The whole numbers that a step's portable kernel computes from data: what its op says of it.
class ComputedNumbers {
 public:
  /// The kernel computes none, or only compares and moves what it takes.
  constexpr void none() { known_ = true; }

  /// Widens the number of that name. \param bits of its type, 32 or 64; low and high hold it without leaving
  /// 64 bits themselves.
  constexpr void add(const char* what, std::int64_t low, std::int64_t high, int bits = 32) {
    add({what, bits, low, high, false});
  }

  /// `kernels::requantize` of sums of 32 bits in these bounds.
  constexpr void add_requantized(std::int64_t low, std::int64_t high, const kernels::Int8Scale& scale) {
    const std::int64_t raise = std::int64_t{1} << (scale.shift > 0 ? scale.shift : 0);
    if (raise > 1) add({"sum raised by its shift", 32, low * raise, high * raise, true});
    const auto kept = [](std::int64_t x) {
      return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? std::int64_t{INT32_MIN} : x;
    };
    const std::int64_t half = std::int64_t{1} << 30;
    add("product with the multiplier", kept(low * raise) * scale.multiplier + half,
        kept(high * raise) * scale.multiplier + half, 64);
  }

  /// `kernels::requantize_wide` of sums of 64 bits in these bounds, which are below 2^47 in size.
  constexpr void add_requantized_wide(std::int64_t low, std::int64_t high, const kernels::Int8Scale& scale) {
    const std::int32_t reduced = kernels::upper_half(scale.multiplier);
    add("product with half of the multiplier", low * reduced, high * reduced, 64);
  }

  constexpr bool known() const { return known_; }
  constexpr std::span<const ComputedNumber> all() const {
    return std::span(numbers_).first(static_cast<std::size_t>(count_));
  }

 private:
  constexpr void add(const ComputedNumber& number) {
    known_ = true;
    for (int i = 0; i < count_; ++i) {
      ComputedNumber& at = numbers_[static_cast<unsigned>(i)];
      if (std::string_view(at.what) != number.what) continue;
      if (number.low < at.low) at.low = number.low;
      if (number.high > at.high) at.high = number.high;
      return;
    }
    numbers_[static_cast<unsigned>(count_++)] = number;
  }

  std::array<ComputedNumber, 16> numbers_{};
  int count_ = 0;
  bool known_ = false;
};

/// Bounds of a sum of products from its bias on, in whichever order a kernel adds them up: each product is
/// there or not yet.
class PartialSums {
 public:
  constexpr explicit PartialSums(std::int64_t bias) : PartialSums(bias, {}) {}
  /// \param share what is added to the bias before the first product.
  constexpr PartialSums(std::int64_t bias, const SumRange& share)
      : low_(bias + share.low < 0 ? bias + share.low : 0),
        high_(bias + share.high > 0 ? bias + share.high : 0),
        all_{bias + share.low, bias + share.high} {}
  template <class Range = Int8Range>
  constexpr void add(std::int32_t w, const Range& x) {
    SumRange product;
    product.add(w, x);
    low_ += product.low < 0 ? product.low : 0;
    high_ += product.high > 0 ? product.high : 0;
    all_.low += product.low;
    all_.high += product.high;
  }
  /// Adds what they say of the sum of 32 bits, on its way and when it is whole.
  constexpr void say(ComputedNumbers& numbers, const kernels::Int8Scale& scale) const {
    numbers.add("sum of products, in any order", low_, high_);
    numbers.add_requantized(all_.low, all_.high, scale);
  }
  /// The same of a sum of 64 bits.
  constexpr void say_wide(ComputedNumbers& numbers, const kernels::Int8Scale& scale) const {
    numbers.add("sum of products, in any order", low_, high_, 64);
    numbers.add_requantized_wide(all_.low, all_.high, scale);
  }

 private:
  std::int64_t low_, high_;
  SumRange all_;
};

}  // namespace etch
