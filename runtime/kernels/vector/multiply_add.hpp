// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>
#if ETCH_NEON_LANES
#include <arm_neon.h>
#endif

/// Vectors of floats, and how their products meet sums: lane by lane as `multiply_add` has it. The fused form
/// is the compilers' builtin: a loop of fmaf over lanes becomes scalar instructions inside larger tiles.
namespace etch::kernels::vector::inline ETCH_TARGET {

// Plain vector types: the same code for g++ and clang++, and no <immintrin.h> to compile in every program.
template <int lanes>
struct Floats;
template <>
struct Floats<1> {
  using Type = float;
};
template <>
struct Floats<4> {
  typedef float Type __attribute__((vector_size(16)));
};
template <>
struct Floats<8> {
  typedef float Type __attribute__((vector_size(32)));
};
template <>
struct Floats<16> {
  typedef float Type __attribute__((vector_size(64)));
};

template <int lanes>
using Vector = typename Floats<lanes>::Type;

template <int lanes, Single T>
[[gnu::always_inline]] inline void load(Vector<lanes>& v, const T* from) {
  __builtin_memcpy(&v, from, sizeof v);
}

template <int lanes, Single T>
[[gnu::always_inline]] inline void store(const Vector<lanes>& v, T* to) {
  __builtin_memcpy(to, &v, sizeof v);
}

/// Keeps a vector that several instructions read in a register. Compilers make its load a part of each of
/// them, and a processor loads fewer vectors at a time than it multiplies; a number for all lanes is one of
/// these too.
template <class V>
[[gnu::always_inline]] inline void keep_in_register(V& v) {
  if constexpr (sizeof(V) >= 16 && sizeof(V) <= register_floats * sizeof(float)) {
#if ETCH_NEON_LANES
    asm("" : "+w"(v));
#else
    asm("" : "+v"(v));
#endif
  }
}

/// Whether there are vector kernels of this element type: without the instruction, the fused form is the
/// portable kernels'.
template <class T>
inline constexpr bool has_form = !std::is_same_v<T, FusedFloat> || fused_form == FusedForm::instruction;

#if ETCH_VECTOR_FMA >= 1
[[gnu::always_inline]] inline float fused_vectors(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
[[gnu::always_inline]] inline Vector<4> fused_vectors(const Vector<4>& a, const Vector<4>& b,
                                                      const Vector<4>& c) {
  return __builtin_ia32_vfmaddps(a, b, c);
}
[[gnu::always_inline]] inline Vector<8> fused_vectors(const Vector<8>& a, const Vector<8>& b,
                                                      const Vector<8>& c) {
  return __builtin_ia32_vfmaddps256(a, b, c);
}
#elif ETCH_NEON_LANES
[[gnu::always_inline]] inline float fused_vectors(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
[[gnu::always_inline]] inline Vector<4> fused_vectors(const Vector<4>& a, const Vector<4>& b,
                                                      const Vector<4>& c) {
  return (Vector<4>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#endif
#if ETCH_VECTOR_FMA >= 2
[[gnu::always_inline]] inline Vector<16> fused_vectors(const Vector<16>& a, const Vector<16>& b,
                                                       const Vector<16>& c) {
  constexpr int as_set = 4;  // rounding as the control register says
  return __builtin_ia32_vfmaddps512_mask(a, b, c, static_cast<unsigned short>(-1), as_set);
}
#elif ETCH_VECTOR_FMA || ETCH_NEON_LANES
/// The width of a better machine, of halves.
using Wider = Vector<ETCH_VECTOR_FMA ? 16 : 8>;
[[gnu::always_inline]] inline Wider fused_vectors(const Wider& a, const Wider& b, const Wider& c) {
  using Half = Vector<ETCH_VECTOR_FMA ? 8 : 4>;
  Half x[2], y[2], z[2];
  __builtin_memcpy(x, &a, sizeof a);
  __builtin_memcpy(y, &b, sizeof b);
  __builtin_memcpy(z, &c, sizeof c);
  z[0] = fused_vectors(x[0], y[0], z[0]);
  z[1] = fused_vectors(x[1], y[1], z[1]);
  Wider result;
  __builtin_memcpy(&result, z, sizeof z);
  return result;
}
#endif

/// sum += a * b.
template <Single T, class V>
[[gnu::always_inline]] inline void add_products(const V& a, const V& b, V& sum) {
  if constexpr (std::is_same_v<T, FusedFloat>) {
    sum = fused_vectors(a, b, sum);
  } else {
    const V products = a * b;  // apart: clang++ makes one rounding within an expression
    sum += products;
  }
}

/// A number in every lane.
template <class V, Single T>
[[gnu::always_inline]] inline V in_all_lanes(T number) {
  V all{};
  all = plain(number) - all;  // of a zero too: -0 - 0 is -0
  return all;
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
