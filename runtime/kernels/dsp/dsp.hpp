// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <cstring>
#include <runtime/kernels/scalar/arithmetic.hpp>
#include <runtime/kernels/target.hpp>
#if ETCH_DSP_KERNELS
#include <arm_acle.h>
#endif

/// Instructions of Arm's DSP extension. Where a target lacks them they are written out, so that kernels made
/// of them can be compared with the portable ones anywhere.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Two int16 in one register, the first in the low half.
using Pair [[gnu::may_alias]] = std::int32_t;

constexpr std::int32_t low(Pair p) { return static_cast<std::int16_t>(p & 0xFFFF); }
constexpr std::int32_t high(Pair p) { return p >> 16; }
constexpr Pair pair(std::int32_t low, std::int32_t high) {
  return static_cast<Pair>((static_cast<std::uint32_t>(low) & 0xFFFFU) | static_cast<std::uint32_t>(high)
                                                                             << 16);
}

/// Four bytes from any address.
[[gnu::always_inline]] inline Pair load_word(const std::int8_t* at) {
  Pair p = 0;
  std::memcpy(&p, at, sizeof p);
  return p;
}

/// Two int16 from any address of int16.
inline Pair load_pair(const std::int16_t* at) {
  Pair p = 0;
  std::memcpy(&p, at, sizeof p);
  return p;
}

/// Pairs at an address that is even in words.
inline Pair* words_of(std::int16_t* at) { return reinterpret_cast<Pair*>(at); }
inline const Pair* words_of(const std::int16_t* at) { return reinterpret_cast<const Pair*>(at); }

#if ETCH_DSP_KERNELS
[[gnu::always_inline]] inline Pair pack_halves(std::int32_t low, std::int32_t high) {
  Pair result = 0;
  asm("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(low), "r"(high));
  return result;
}
/// Bytes 0 and 2 widened.
[[gnu::always_inline]] inline Pair sxtb16(Pair bytes) { return __sxtb16(bytes); }
/// Bytes 1 and 3 widened.
[[gnu::always_inline]] inline Pair sxtb16_high(Pair bytes) {
  Pair result = 0;
  asm("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(bytes));
  return result;
}
/// A pair, and bytes 0 and 2 added to it.
[[gnu::always_inline]] inline Pair sxtab16(Pair sum, Pair bytes) { return __sxtab16(sum, bytes); }
/// A pair, and bytes 1 and 3 added to it.
[[gnu::always_inline]] inline Pair sxtab16_high(Pair sum, Pair bytes) {
  Pair result = 0;
  asm("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(sum), "r"(bytes));
  return result;
}
[[gnu::always_inline]] inline std::int32_t smlabb(Pair a, Pair b, std::int32_t sum) {
  return __smlabb(a, b, sum);
}
[[gnu::always_inline]] inline std::int32_t smlatt(Pair a, Pair b, std::int32_t sum) {
  return __smlatt(a, b, sum);
}
[[gnu::always_inline]] inline std::int32_t smlad(Pair a, Pair b, std::int32_t sum) {
  return __smlad(a, b, sum);
}
[[gnu::always_inline]] inline std::int32_t smlabt(Pair a, Pair b, std::int32_t sum) {
  return __smlabt(a, b, sum);
}
[[gnu::always_inline]] inline std::int32_t smlatb(Pair a, Pair b, std::int32_t sum) {
  return __smlatb(a, b, sum);
}
/// Two products added to 64 bits.
[[gnu::always_inline]] inline std::int64_t smlald(Pair a, Pair b, std::int64_t sum) {
  return __smlald(a, b, sum);
}
/// sum + the high half of ab, rounded half up.
[[gnu::always_inline]] inline std::int32_t smmlar(std::int32_t a, std::int32_t b, std::int32_t sum) {
  std::int32_t result = 0;
  asm("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}
#else
constexpr Pair pack_halves(std::int32_t low, std::int32_t high) { return pair(low, high); }
constexpr Pair sxtb16(Pair bytes) {
  return pair(static_cast<std::int8_t>(bytes & 0xFF), static_cast<std::int8_t>(bytes >> 16 & 0xFF));
}
constexpr Pair sxtb16_high(Pair bytes) { return sxtb16(bytes >> 8); }
constexpr Pair sxtab16(Pair sum, Pair bytes) {
  return pair(low(sum) + low(sxtb16(bytes)), high(sum) + high(sxtb16(bytes)));
}
constexpr Pair sxtab16_high(Pair sum, Pair bytes) { return sxtab16(sum, bytes >> 8); }
constexpr std::int32_t smlabb(Pair a, Pair b, std::int32_t sum) { return sum + low(a) * low(b); }
constexpr std::int32_t smlatt(Pair a, Pair b, std::int32_t sum) { return sum + high(a) * high(b); }
constexpr std::int32_t smlad(Pair a, Pair b, std::int32_t sum) {
  return sum + low(a) * low(b) + high(a) * high(b);
}
constexpr std::int32_t smlabt(Pair a, Pair b, std::int32_t sum) { return sum + low(a) * high(b); }
constexpr std::int32_t smlatb(Pair a, Pair b, std::int32_t sum) { return sum + high(a) * low(b); }
constexpr std::int64_t smlald(Pair a, Pair b, std::int64_t sum) {
  return sum + low(a) * low(b) + high(a) * high(b);
}
[[gnu::always_inline]] inline std::int32_t smmlar(std::int32_t a, std::int32_t b, std::int32_t sum) {
  return scalar::add_high_product(a, b, sum);
}
#endif

using scalar::saturate_to_byte;

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
