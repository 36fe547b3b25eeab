// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <runtime/kernels/target.hpp>
#if ETCH_NEON_LANES
#include <arm_neon.h>
#endif

/// Vectors of whole numbers. `n` is always the number of results of 32 bits side by side: 4 in SSE2 and NEON,
/// 8 in AVX2, 16 in AVX-512; a width that a target lacks is two halves of the next. Vectors travel by
/// reference: how wide ones are passed depends on the target.
namespace etch::kernels::lanes::inline ETCH_TARGET {

// Plain vector types: the same code for g++ and clang++, and no <immintrin.h> to compile in every program.
template <class T, int n>
struct VectorOf {
  typedef T Type __attribute__((vector_size(n * sizeof(T))));
};
template <class T, int n>
using Vector = typename VectorOf<T, n>::Type;
template <int n>
using Words = Vector<std::int32_t, n>;
template <int n>
using Halves = Vector<std::int16_t, n>;
template <int n>
using Bytes = Vector<std::int8_t, n>;
template <int n>
using Longs = Vector<long long, n>;

template <class V, class T>
[[gnu::always_inline]] inline void load(V& v, const T* from) {
  __builtin_memcpy(&v, from, sizeof v);
}
template <class V, class T>
[[gnu::always_inline]] inline void store(const V& v, T* to) {
  __builtin_memcpy(to, &v, sizeof v);
}

/// A vector as two of half its width.
template <class Half, class V>
[[gnu::always_inline]] inline void split(const V& v, Half& low, Half& high) {
  static_assert(2 * sizeof low == sizeof v);
  __builtin_memcpy(&low, &v, sizeof low);
  __builtin_memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
}
template <class Half, class V>
[[gnu::always_inline]] inline void join(const Half& low, const Half& high, V& v) {
  static_assert(2 * sizeof low == sizeof v);
  __builtin_memcpy(&v, &low, sizeof low);
  __builtin_memcpy(reinterpret_cast<char*>(&v) + sizeof low, &high, sizeof high);
}

/// sum[k] += a[2k] b[2k] + a[2k + 1] b[2k + 1].
template <int n>
[[gnu::always_inline]] inline void add_pairs(Words<n>& sum, const Halves<2 * n>& a, const Halves<2 * n>& b) {
#if ETCH_X86_LANES >= 16
  if constexpr (n == 16) {
#if ETCH_VNNI_LANES && defined(__clang__)
    sum = (Words<16>)__builtin_ia32_vpdpwssd512(sum, (Words<16>)a, (Words<16>)b);
#elif ETCH_VNNI_LANES
    sum = (Words<16>)__builtin_ia32_vpdpwssd_v16si(sum, (Words<16>)a, (Words<16>)b);
#elif defined(__clang__)
    sum += (Words<16>)__builtin_ia32_pmaddwd512(a, b);
#else
    sum += (Words<16>)__builtin_ia32_pmaddwd512_mask(a, b, Words<16>{}, static_cast<short>(-1));
#endif
    return;
  }
#endif
#if ETCH_X86_LANES >= 8
  if constexpr (n == 8) {
    sum += (Words<8>)__builtin_ia32_pmaddwd256(a, b);
    return;
  }
#endif
  if constexpr (n > 4) {
    Words<n / 2> low, high;
    Halves<n> a_low, a_high, b_low, b_high;
    split(sum, low, high);
    split(a, a_low, a_high);
    split(b, b_low, b_high);
    add_pairs<n / 2>(low, a_low, b_low);
    add_pairs<n / 2>(high, a_high, b_high);
    join(low, high, sum);
  } else {
#if ETCH_X86_LANES
    sum += (Words<4>)__builtin_ia32_pmaddwd128(a, b);
#else
    // The operand that tiles share is taken apart once: a product then is one instruction.
    const Words<n> of_a = (Words<n>)a, of_b = (Words<n>)b;
    sum += (of_a << 16 >> 16) * (of_b << 16 >> 16);
    sum += (of_a >> 16) * (of_b >> 16);
#endif
  }
}

#if ETCH_X86_LANES
/// Products of the words 0, 2, ... of each vector, of 64 bits.
template <int n>
[[gnu::always_inline]] inline void even_products(const Words<n>& a, const Words<n>& b,
                                                 Longs<n / 2>& product) {
#if ETCH_X86_LANES >= 16
  if constexpr (n == 16) {
#if defined(__clang__)
    product = (Longs<8>)__builtin_ia32_pmuldq512(a, b);
#else
    product = (Longs<8>)__builtin_ia32_pmuldq512_mask(a, b, Longs<8>{}, static_cast<char>(-1));
#endif
    return;
  }
#endif
#if ETCH_X86_LANES >= 8
  if constexpr (n == 8) {
    product = (Longs<4>)__builtin_ia32_pmuldq256(a, b);
    return;
  }
  if constexpr (n == 4) {
    product = (Longs<2>)__builtin_ia32_pmuldq128(a, b);
    return;
  }
#endif
  if constexpr (n > 4) {
    Words<n / 2> a_low, a_high, b_low, b_high;
    Longs<n / 4> low, high;
    split(a, a_low, a_high);
    split(b, b_low, b_high);
    even_products<n / 2>(a_low, b_low, low);
    even_products<n / 2>(a_high, b_high, high);
    join(low, high, product);
  } else {
#if ETCH_X86_LANES == 4
    // SSE2 multiplies without signs: what is negative has 2^32 too much. b never is.
    const Words<4> excess = b & (a < 0);
    product = (Longs<2>)__builtin_ia32_pmuludq128(a, b) - ((Longs<2>)excess << 32);
#endif
  }
}
#endif

/// high = doubling_high_multiply(a, b). \param b at least 0.
template <int n>
[[gnu::always_inline]] inline void high_products(const Words<n>& a, const Words<n>& b, Words<n>& high) {
#if ETCH_X86_LANES
  using Unsigned = Vector<unsigned long long, n / 2>;
  Longs<n / 2> even, odd;
  even_products<n>(a, b, even);
  const Words<n> a_odd = (Words<n>)((Unsigned)a >> 32), b_odd = (Words<n>)((Unsigned)b >> 32);
  even_products<n>(a_odd, b_odd, odd);
  constexpr long long half = 1LL << 30;
  const Unsigned low_words = Unsigned{} + 0xffffffffU;
  high = (Words<n>)((((Unsigned)(even + half) >> 31) & low_words) |
                    (((Unsigned)(odd + half) << 1) & ~low_words));
#elif ETCH_NEON_LANES
  if constexpr (n > 4) {
    Words<n / 2> a_low, a_high, b_low, b_high, low, upper;
    split(a, a_low, a_high);
    split(b, b_low, b_high);
    high_products<n / 2>(a_low, b_low, low);
    high_products<n / 2>(a_high, b_high, upper);
    join(low, upper, high);
  } else {
    high = (Words<4>)vqrdmulhq_s32((int32x4_t)a, (int32x4_t)b);
  }
#else
  for (int k = 0; k < n; ++k)
    high[k] = static_cast<std::int32_t>((std::int64_t{a[k]} * b[k] + (1 << 30)) >> 31);
#endif
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
