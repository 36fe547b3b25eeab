// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

/// The integer arithmetic of TensorFlow Lite's int8 scheme (Jacob et al. 2018; the rounding is gemmlowp's),
/// so that an imported model gives the bytes of the reference.
namespace etch::kernels {

/// The high half of 2ab, rounded to nearest; the one product that overflows saturates. The reference adds
/// another half to what is negative and rounds that towards zero: it comes to the same, halves go up.
constexpr std::int32_t doubling_high_multiply(std::int32_t a, std::int32_t b) {
  const auto product = static_cast<std::uint32_t>((std::int64_t{a} * b + (1 << 30)) >> 31);
  const std::uint32_t beyond = std::uint32_t{a == INT32_MIN} & std::uint32_t{b == INT32_MIN};
  return static_cast<std::int32_t>(product - beyond);
}

/// x / 2^exponent, rounded to nearest, ties away from zero. \param exponent from 0 to 31.
constexpr std::int32_t rounding_shift(std::int32_t x, int exponent) {
  const std::int32_t mask = static_cast<std::int32_t>((std::int64_t{1} << exponent) - 1);
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/// x * 2^bits, kept within 32 bits. \param bits from 0 to 30.
constexpr std::int32_t saturating_shift(std::int32_t x, int bits) {
  const std::int32_t most = INT32_MAX >> bits;
  if (x > most) return INT32_MAX;
  return x < -most - 1 ? INT32_MIN : static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << bits);
}

/// acc * multiplier * 2^(shift - 31), rounded twice as the reference rounds. A shift above 0 goes left; what
/// it would raise beyond 32 bits, where the reference is not defined, saturates: the result lies beyond all
/// bounds. A multiplier of 0 stands for scales below 2^-31. \param shift from -31 to 30.
constexpr std::int32_t requantize(std::int32_t acc, std::int32_t multiplier, int shift) {
  const std::int32_t raised = shift > 0 ? saturating_shift(acc, shift) : acc;
  return rounding_shift(doubling_high_multiply(raised, multiplier), shift > 0 ? 0 : -shift);
}

/// What an int8 step knows of its result, as one parameter: `io` of its operands.
struct Int8Io {
  std::int32_t input_zero_point = 0;  ///< what padded taps read
  std::int32_t output_zero_point = 0;
  std::int32_t lowest = -128, highest = 127;  ///< bounds of the result: a fused ReLU raises or lowers them
};

/// Multiplier and shift of one channel, or of all.
struct Int8Scale {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

/// The same in 5 bytes, one behind the other: for cores that load words from any address.
struct [[gnu::packed]] Int8ShortScale {
  std::int32_t multiplier = 0;
  std::int8_t right = -1;  ///< ~shift: one less than the places that the number goes right
  constexpr Int8ShortScale() = default;
  constexpr explicit Int8ShortScale(const Int8Scale& scale)
      : multiplier(scale.multiplier), right(static_cast<std::int8_t>(~scale.shift)) {}
  constexpr operator Int8Scale() const {  // NOLINT(google-explicit-constructor): it is that scale
    return {multiplier, ~right};
  }
};
static_assert(sizeof(Int8ShortScale) == 5 && alignof(Int8ShortScale) == 1);
/// Whether scales of a type are those of 5 bytes.
template <class Scale>
inline constexpr bool is_short = sizeof(Scale) == sizeof(Int8ShortScale);

/// Scales of either size, as steps name them.
struct Int8Scales {
  const void* at;
  bool of_5_bytes = false;
  constexpr Int8Scale operator[](int i) const {
    if (of_5_bytes) return static_cast<const Int8ShortScale*>(at)[i];
    return static_cast<const Int8Scale*>(at)[i];
  }
};

/// A multiplier of 32 bits in 16, to nearest.
constexpr std::int32_t upper_half(std::int32_t multiplier) {
  return multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
}

/// The same for sums of 64 bits, below 2^47 in size: the reference rounds once, after a product with the
/// upper half of the multiplier (TensorFlow Lite's MultiplyByQuantizedMultiplier(int64_t, ...), in
/// kernels/internal/common.cc). \param shift from -31 to 7.
constexpr std::int64_t requantize_wide(std::int64_t acc, std::int32_t multiplier, int shift) {
  return ((acc * upper_half(multiplier) >> (14 - shift)) + 1) >> 1;
}

/// `yes` or `no`, by a mask: no compiler makes a branch of it that would run by what the numbers are.
constexpr std::int32_t either(bool condition, std::int32_t yes, std::int32_t no) {
  return no ^ ((yes ^ no) & -static_cast<std::int32_t>(condition));
}

/// Bits above the first that is set; 32 of 0. Some cores have no instruction for it, and others one that
/// needs a branch for 0.
constexpr int leading_zeros(std::uint32_t x) {
  std::uint32_t zeros = 0;
  for (std::uint32_t half = 16; half > 0; half /= 2) {
    const std::uint32_t none = ((x >> (32 - half)) - 1) >> 31;  // 1 where the upper half has no bit
    zeros += none * half;
    x <<= none * half;
  }
  return static_cast<int>(zeros + (x >> 31 ^ 1));
}
constexpr int leading_zeros(std::uint64_t x) {
  const auto high = static_cast<std::uint32_t>(x >> 32), low = static_cast<std::uint32_t>(x);
  const int of_high = leading_zeros(high), more = leading_zeros(low);
  return of_high + (more & -(of_high >> 5));
}

/// a + b, kept within its type.
template <class Sum>
constexpr Sum saturating_add(Sum a, Sum b) {
  constexpr int bits = 8 * sizeof(Sum) - 1;
  constexpr Sum highest = static_cast<Sum>(~(~std::uint64_t{0} << bits));
  const auto sum = static_cast<Sum>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  // It wrapped where the sign is neither operand's; then both had the same.
  const Sum wrapped = ((a ^ sum) & (b ^ sum)) >> bits, limit = (a >> bits) ^ highest;
  return sum ^ ((sum ^ limit) & wrapped);
}

/// A sum of either size as a result of type T within its bounds.
template <class T, class Sum>
constexpr T requantize_to(Sum acc, const Int8Scale& scale, const Int8Io& io) {
  Sum y = 0;
  if constexpr (sizeof(Sum) == 8)
    y = requantize_wide(acc, scale.multiplier, scale.shift);
  else
    y = requantize(acc, scale.multiplier, scale.shift);
  // Bounded before the zero point comes to it: without a shift y may need all 32 bits.
  const std::int32_t lowest = io.lowest - io.output_zero_point, highest = io.highest - io.output_zero_point;
  y = y < lowest ? lowest : y;
  return static_cast<T>((y > highest ? highest : y) + io.output_zero_point);
}
constexpr std::int8_t requantize_to_int8(std::int32_t acc, const Int8Scale& scale, const Int8Io& io) {
  return requantize_to<std::int8_t>(acc, scale, io);
}

/// A bias of 64 bits in two words: parameters need no alignment beyond theirs.
struct WideBias {
  std::uint32_t low = 0;
  std::int32_t high = 0;
  constexpr WideBias() = default;
  constexpr WideBias(std::int64_t bias)  // NOLINT(google-explicit-constructor): it is that number
      : low(static_cast<std::uint32_t>(bias)), high(static_cast<std::int32_t>(bias >> 32)) {}
  constexpr operator std::int64_t() const {  // NOLINT(google-explicit-constructor)
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32 |
                                     low);
  }
};

/// What products of activations and int8 weights are summed in, by the type of the activations: int8, or
/// int16 as in TensorFlow Lite's 16x8 scheme.
template <class T>
struct WeightedSum;
template <>
struct WeightedSum<std::int8_t> {
  using Sum = std::int32_t;
  using Bias = std::int32_t;
};
template <>
struct WeightedSum<std::int16_t> {
  using Sum = std::int64_t;
  using Bias = WideBias;
};

}  // namespace etch::kernels
