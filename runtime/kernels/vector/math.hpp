// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/activation.hpp>
#include <runtime/kernels/vector/multiply_add.hpp>

/// Elementary functions of vectors, with the bits of `etch::math`: the same operations in the same order,
/// lane by lane. `T` says by which numerics.
namespace etch::kernels::vector::inline ETCH_TARGET {

template <int lanes>
struct BitsOf {
  typedef std::uint32_t Type __attribute__((vector_size(lanes * 4)));
  typedef std::int32_t Signed __attribute__((vector_size(lanes * 4)));
};
template <int lanes>
using Bits = typename BitsOf<lanes>::Type;
template <int lanes>
using SignedBits = typename BitsOf<lanes>::Signed;

/// A product that no compiler joins with a sum, as `rounded_now` of a single number, which g++ would take
/// apart here.
template <class V>
[[gnu::always_inline]] inline V rounded_product(const V& a, const V& b) {
  V product = a * b;
  if constexpr (sizeof product <= register_floats * sizeof(float)) {
#if ETCH_X86_LANES
    asm("" : "+v"(product));
#elif ETCH_NEON_LANES
    asm("" : "+w"(product));
#endif
  }
  return product;
}

/// a * b + c and c - a * b, as the functions of these names of single numbers.
template <Single T, class V>
[[gnu::always_inline]] inline V multiply_add(const V& a, const V& b, const V& c) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    return fused_vectors(a, b, c);
  else
    return c + rounded_product(a, b);
}
template <Single T, class V>
[[gnu::always_inline]] inline V multiply_subtract(const V& a, const V& b, const V& c) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    return fused_vectors(V(-a), b, c);
  else
    return c - rounded_product(a, b);
}

/// e^x = 2^n (1 + m), for |x| < 2^21.
template <int lanes>
struct ExpLanes {
  SignedBits<lanes> n;
  Vector<lanes> m;
};

/// Of x = times * part, where `times` is a power of two: a chain that begins at `part` does not wait for x.
template <int lanes, Single T>
[[gnu::always_inline]] inline void split_exp(const Vector<lanes>& x, const Vector<lanes>& part, float times,
                                             ExpLanes<lanes>& parts) {
  using V = Vector<lanes>;
  const V zero{}, round_to_integer = zero + 0x1.8p23f;
  const V shifted = multiply_add<T>(part, V(zero + times * 0x1.715476p+0f), round_to_integer);
  parts.n = (SignedBits<lanes>)((Bits<lanes>)shifted - (Bits<lanes>)round_to_integer);
  const V rounded = shifted - round_to_integer;  // exact
  const V r = multiply_subtract<T>(rounded, V(zero + math::detail::ln2_low),
                                   multiply_subtract<T>(rounded, V(zero + math::detail::ln2_high), x));
  V p = zero + 0x1.6ab89ep-10f;
  p = multiply_add<T>(p, r, V(zero + 0x1.123d70p-7f));
  p = multiply_add<T>(p, r, V(zero + 0x1.55585ap-5f));
  p = multiply_add<T>(p, r, V(zero + 0x1.55548cp-3f));
  p = multiply_add<T>(p, r, V(zero + 0x1.fffffcp-2f));
  parts.m = multiply_add<T>(V(r * r), p, r);
}

template <int lanes>
[[gnu::always_inline]] inline void power_of_two(const SignedBits<lanes>& n, Vector<lanes>& power) {
  power = (Vector<lanes>)((Bits<lanes>)(n + 127) << 23);
}

// Masks come from signs of whole numbers: g++ takes comparisons of vectors of 512 bits apart.

/// All bits of the lanes whose highest bit is set.
template <int lanes>
[[gnu::always_inline]] inline void signs_of(const SignedBits<lanes>& n, SignedBits<lanes>& mask) {
  mask = n >> 31;
}

/// chosen = mask ? yes : no.
template <int lanes>
[[gnu::always_inline]] inline void choose(const SignedBits<lanes>& mask, const Vector<lanes>& yes,
                                          const Vector<lanes>& no, Vector<lanes>& chosen) {
  chosen = (Vector<lanes>)(((SignedBits<lanes>)yes & mask) | ((SignedBits<lanes>)no & ~mask));
}

/// |x| as a whole number, which is in the order of the floats, and above all of them where x is no number.
template <int lanes>
[[gnu::always_inline]] inline void size_of(const Vector<lanes>& x, SignedBits<lanes>& size) {
  size = (SignedBits<lanes>)((Bits<lanes>)x & ~math::detail::sign_bit);
}

/// The lanes where x is no number.
template <int lanes>
[[gnu::always_inline]] inline void nan_lanes(const Vector<lanes>& x, SignedBits<lanes>& mask) {
  SignedBits<lanes> size;
  size_of<lanes>(x, size);
  signs_of<lanes>(static_cast<std::int32_t>(math::detail::infinity_bits) - size, mask);
}

/// |x| where that is less than `limit`, else `limit`.
template <int lanes>
[[gnu::always_inline]] inline void bounded_size(const Vector<lanes>& x, float limit, Vector<lanes>& bounded) {
  SignedBits<lanes> size, below;
  size_of<lanes>(x, size);
  signs_of<lanes>(size - std::bit_cast<std::int32_t>(limit), below);
  choose<lanes>(below, (Vector<lanes>)size, Vector<lanes>{} + limit, bounded);
}

/// e^-size for the result of `bounded_size` with a limit of 104, where it is 0.
template <int lanes, Single T>
[[gnu::always_inline]] inline void exp_of_negative(const Vector<lanes>& size, Vector<lanes>& result) {
  using V = Vector<lanes>;
  ExpLanes<lanes> parts;
  split_exp<lanes, T>(V(-size), size, -1, parts);
  const SignedBits<lanes> half = parts.n >> 1;
  V low, high;
  power_of_two<lanes>(half, low);
  power_of_two<lanes>(parts.n - half, high);
  // (1 + m) * low: products with powers of two are exact, but for the last one.
  result = rounded_product(multiply_add<T>(parts.m, low, low), high);
}

/// y = number, or the quiet NaN where x is none. Quotients keep that of a dividend: there it is chosen while
/// the divisor is summed.
template <int lanes>
[[gnu::always_inline]] inline void keep_nan(const Vector<lanes>& x, const Vector<lanes>& number,
                                            Vector<lanes>& y) {
  SignedBits<lanes> nan;
  nan_lanes<lanes>(x, nan);
  choose<lanes>(nan, Vector<lanes>{} + math::detail::quiet_nan, number, y);
}

/// y = tanh(x). y may be x.
template <int lanes, Single T>
[[gnu::always_inline]] inline void tanh(const Vector<lanes>& x, Vector<lanes>& y) {
  using V = Vector<lanes>;
  V size, scale, dividend;
  bounded_size<lanes>(x, 10.0f, size);
  ExpLanes<lanes> parts;
  split_exp<lanes, T>(V(2.0f * size), size, 2, parts);
  power_of_two<lanes>(parts.n, scale);
  const V m = multiply_add<T>(scale, parts.m, V(scale - 1.0f));
  const Bits<lanes> signs = (Bits<lanes>)x & math::detail::sign_bit;
  keep_nan<lanes>(x, (V)((Bits<lanes>)m | signs), dividend);
  y = dividend / (m + 2.0f);
}

/// y = 1 / (1 + e^-x). y may be x.
template <int lanes, Single T>
[[gnu::always_inline]] inline void sigmoid(const Vector<lanes>& x, Vector<lanes>& y) {
  using V = Vector<lanes>;
  const V one = V{} + 1.0f;
  V size, e, above;
  bounded_size<lanes>(x, 104.0f, size);
  exp_of_negative<lanes, T>(size, e);
  SignedBits<lanes> negative;  // of a zero too, where e is 1
  signs_of<lanes>((SignedBits<lanes>)x, negative);
  choose<lanes>(negative, e, one, above);
  keep_nan<lanes>(x, above, above);
  y = above / (one + e);
}

/// x, or 0 where x is at most 0.
template <int lanes>
[[gnu::always_inline]] inline void relu(Vector<lanes>& x) {
  SignedBits<lanes> negative, nan;
  signs_of<lanes>((SignedBits<lanes>)x, negative);
  nan_lanes<lanes>(x, nan);
  x = (Vector<lanes>)((SignedBits<lanes>)x & (~negative | nan));
}

/// x within [-limit, limit].
template <int lanes>
[[gnu::always_inline]] inline void clip(float limit, Vector<lanes>& x) {
  SignedBits<lanes> size, above, nan;
  size_of<lanes>(x, size);
  signs_of<lanes>(std::bit_cast<std::int32_t>(limit) - size, above);
  nan_lanes<lanes>(x, nan);
  const Bits<lanes> signs = (Bits<lanes>)x & math::detail::sign_bit;
  const Vector<lanes> end = (Vector<lanes>)((Bits<lanes>)(Vector<lanes>{} + limit) | signs);
  choose<lanes>(above & ~nan, end, x, x);
}

template <class T>
[[gnu::noinline]] inline void activate_apart(ActivationKind kind, T* x, int n) {
  activate(kind, x, x, 1, n);
}

/// x = f(x), for functions of one element.
template <int lanes, Single T>
[[gnu::always_inline]] inline void activate_lanes(ActivationKind kind, Vector<lanes>& x) {
  switch (kind) {
    case ActivationKind::linear:
      return;
    case ActivationKind::relu:
      return relu<lanes>(x);
    case ActivationKind::sigmoid:
      return sigmoid<lanes, T>(x, x);
    case ActivationKind::tanh:
      return tanh<lanes, T>(x, x);
    default: {
      T elements[lanes];
      store<lanes>(x, elements);
      activate_apart<T>(kind, elements, lanes);
      load<lanes>(x, elements);
    }
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
