// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/vectors.hpp>

/// From narrow numbers to wide ones and back, by what both compilers make few instructions of: g++ 12 takes
/// vectors of less than 16 bytes apart, and packs by single numbers.
namespace etch::kernels::lanes::inline ETCH_TARGET {

/// Eight bytes from any address.
[[gnu::always_inline]] inline void widen_eight(const std::int8_t* from, Halves<8>& to) {
  long long eight;
  __builtin_memcpy(&eight, from, sizeof eight);
  const Bytes<16> bytes = (Bytes<16>)Longs<2>{eight, 0};
  to = (Halves<8>)__builtin_shufflevector(bytes, bytes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7) >> 8;
}

/// 16 numbers from any address.
[[gnu::always_inline]] inline void widen_sixteen(const std::int8_t* from, Halves<16>& to) {
  Bytes<16> bytes;
  load(bytes, from);
  to = __builtin_convertvector(bytes, Halves<16>);
}
[[gnu::always_inline]] inline void widen_sixteen(const std::int16_t* from, Halves<16>& to) { load(to, from); }

/// The same as words.
template <int n>
[[gnu::always_inline]] inline void to_words(const Halves<16>& from, Words<n> (&to)[16 / n]) {
  if constexpr (n == 16) {
    to[0] = __builtin_convertvector(from, Words<16>);
  } else if constexpr (n == 8) {
    Halves<8> low, high;
    split(from, low, high);
    to[0] = __builtin_convertvector(low, Words<8>);
    to[1] = __builtin_convertvector(high, Words<8>);
  } else {
    Halves<8> half[2];
    split(from, half[0], half[1]);
#pragma GCC unroll 2
    for (int k = 0; k < 2; ++k) {
      to[2 * k] = (Words<4>)__builtin_shufflevector(half[k], half[k], 0, 0, 1, 1, 2, 2, 3, 3) >> 16;
      to[2 * k + 1] = (Words<4>)__builtin_shufflevector(half[k], half[k], 4, 4, 5, 5, 6, 6, 7, 7) >> 16;
    }
  }
}

/// Words that fit halves, those of `a` and `b` in each part of 16 bytes side by side.
template <int n>
[[gnu::always_inline]] inline void pack_words(const Words<n>& a, const Words<n>& b, Halves<2 * n>& to) {
#if ETCH_X86_LANES >= 16
  if constexpr (n == 16) {
#if defined(__clang__)
    to = (Halves<32>)__builtin_ia32_packssdw512(a, b);
#else
    to = (Halves<32>)__builtin_ia32_packssdw512_mask(a, b, Halves<32>{}, -1);
#endif
    return;
  }
#endif
#if ETCH_X86_LANES >= 8
  if constexpr (n == 8) {
    to = (Halves<16>)__builtin_ia32_packssdw256(a, b);
    return;
  }
#endif
  if constexpr (n > 4) {
    Words<n / 2> a_low, a_high, b_low, b_high;
    Halves<n> low, high;
    split(a, a_low, a_high);
    split(b, b_low, b_high);
    pack_words<n / 2>(a_low, b_low, low);
    pack_words<n / 2>(a_high, b_high, high);
    join(low, high, to);
  } else {
#if ETCH_X86_LANES
    to = (Halves<8>)__builtin_ia32_packssdw128(a, b);
#else
    to = __builtin_shufflevector((Halves<8>)a, (Halves<8>)b, 0, 2, 4, 6, 8, 10, 12, 14);
#endif
  }
}

/// Halves that fit bytes.
[[gnu::always_inline]] inline void pack_halves(const Halves<8>& low, const Halves<8>& high, Bytes<16>& to) {
#if ETCH_X86_LANES
  to = (Bytes<16>)__builtin_ia32_packsswb128(low, high);
#else
  to = __builtin_shufflevector((Bytes<16>)low, (Bytes<16>)high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
                               26, 28, 30);
#endif
}
/// The first `2 n` bytes of `to`.
template <int n>
[[gnu::always_inline]] inline void store_bytes(const Halves<2 * n>& from, std::int8_t* to) {
  if constexpr (n == 4) {
    Bytes<16> bytes;
    pack_halves(from, from, bytes);
    __builtin_memcpy(to, &bytes, 8);
  } else {
    Halves<n> low, high;
    split(from, low, high);
    if constexpr (n == 8) {
      Bytes<16> bytes;
      pack_halves(low, high, bytes);
      store(bytes, to);
    } else {
      store_bytes<n / 2>(low, to);
      store_bytes<n / 2>(high, to + n);
    }
  }
}

/// 16 words that fit their type, in order.
template <int n>
[[gnu::always_inline]] inline void to_halves(const Words<n> (&from)[16 / n], Halves<16>& to) {
  if constexpr (n == 16) {
    Words<8> part[2];
    split(from[0], part[0], part[1]);
    to_halves<8>(part, to);
  } else if constexpr (n == 8) {
    Halves<16> packed;
    pack_words<8>(from[0], from[1], packed);
    using Quads = Vector<long long, 4>;
    to = (Halves<16>)__builtin_shufflevector((Quads)packed, (Quads)packed, 0, 2, 1, 3);
  } else {
    Halves<8> low, high;
    pack_words<4>(from[0], from[1], low);
    pack_words<4>(from[2], from[3], high);
    join(low, high, to);
  }
}
template <int n>
[[gnu::always_inline]] inline void store_sixteen(const Words<n> (&from)[16 / n], std::int8_t* to) {
  Halves<16> halves;
  to_halves<n>(from, halves);
  store_bytes<8>(halves, to);
}
template <int n>
[[gnu::always_inline]] inline void store_sixteen(const Words<n> (&from)[16 / n], std::int16_t* to) {
  Halves<16> halves;
  to_halves<n>(from, halves);
  store(halves, to);
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
