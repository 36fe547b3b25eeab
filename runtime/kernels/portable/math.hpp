// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Elementary functions that give the same bits on every IEEE 754 target, at run time and during compilation.
///
/// The single-precision versions use only + - * / and integer operations: no libm, no table. What meets a sum
/// as a product does so by the `Numerics` of the element type, and the bits of both are fixed. Leave
/// flush-to-zero off. Every NaN result is the same quiet NaN, because the payload that hardware propagates
/// differs between x86 and Arm.
///
/// Polynomials are minimax (Remez exchange, coefficients rounded to float one after the other). The error
/// bounds were measured against a double libm over every float of the ranges where a function is neither
/// constant nor its own argument (log: every float in [1/8, 2], every fifth elsewhere), and hold for both
/// numerics.
///
/// The double versions forward to the platform's libm. They serve gradient checks on the desktop only.
namespace etch::math {

using kernels::multiply_add, kernels::multiply_subtract, kernels::separately, kernels::Single;

namespace detail {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);
#if defined(__FLT_EVAL_METHOD__)
static_assert(__FLT_EVAL_METHOD__ == 0 || __FLT_EVAL_METHOD__ == 16,
              "etch::math needs float arithmetic that rounds to float (on 32-bit x86: -msse2 -mfpmath=sse)");
#endif

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float quiet_nan = std::bit_cast<float>(std::uint32_t{0x7fc00000});
inline constexpr std::uint32_t sign_bit = 0x80000000;
inline constexpr std::uint32_t infinity_bits = 0x7f800000;
inline constexpr std::uint32_t smallest_normal_bits = 0x00800000;

/// ln 2 in two parts (Cody and Waite): the high one has 9 bits, so that its product with any exponent is
/// exact.
inline constexpr float ln2_high = 0x1.63p-1f;
inline constexpr float ln2_low = -0x1.bd0106p-13f;

template <Single T>
constexpr std::uint32_t bits_of(T x) {
  return std::bit_cast<std::uint32_t>(x);
}

// On bits, so that -ffinite-math-only cannot remove it and vector code needs no floating-point compare.
template <Single T>
constexpr bool is_nan(T x) {
  return (bits_of(x) & ~sign_bit) > infinity_bits;
}

template <Single T>
constexpr T magnitude(T x) {
  return std::bit_cast<T>(bits_of(x) & ~sign_bit);
}

template <Single T>
constexpr T with_sign_of(T size, T sign) {
  return std::bit_cast<T>(bits_of(size) | (bits_of(sign) & sign_bit));
}

// g++ moves the computation of an unlikely choice into a branch, which stops vectorization unless
// -fno-trapping-math is given; it leaves masks alone. Cores without vectors take the shorter code.
template <Single T>
constexpr T choose(bool condition, T yes, T no) {
  if (!kernels::vectorizes_loops) return condition ? yes : no;
  const std::uint32_t mask = condition ? 0xffffffffU : 0U;
  return std::bit_cast<T>((bits_of(yes) & mask) | (bits_of(no) & ~mask));
}

/// 2^n for n in [-126, 127].
template <Single T>
constexpr T power_of_two(std::int32_t n) {
  return std::bit_cast<T>(static_cast<std::uint32_t>(n + 127) << 23);
}

/// exp(x) = 2^n (1 + m), with m accurate relative to itself, also near 0.
template <Single T>
struct ExpParts {
  std::int32_t n;
  T m;
};

/// Takes |x| < 2^21.
template <Single T>
constexpr ExpParts<T> split_exp(T x) {
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits: no rounding mode, no library call.
  constexpr T round_to_integer = 0x1.8p23f;
  const T shifted = multiply_add(x, T(0x1.715476p+0f), round_to_integer);
  const auto n = static_cast<std::int32_t>(bits_of(shifted) - bits_of(round_to_integer));
  const auto whole = static_cast<T>(n);
  const T r = multiply_subtract(whole, T(ln2_low), multiply_subtract(whole, T(ln2_high), x));
  T p = 0x1.6ab89ep-10f;
  p = multiply_add(p, r, T(0x1.123d70p-7f));
  p = multiply_add(p, r, T(0x1.55585ap-5f));
  p = multiply_add(p, r, T(0x1.55548cp-3f));
  p = multiply_add(p, r, T(0x1.fffffcp-2f));
  return {n, multiply_add(r * r, p, r)};
}

/// exp(x) for x <= 88.72; NaN counts as -infinity, so that callers can select the NaN without computing on
/// it.
template <Single T>
constexpr T exp_of_number(T x) {
  constexpr T underflow = -104.0f;  // exp(-104) < 2^-150, half of the smallest float
  const ExpParts<T> parts = split_exp(choose(x > underflow, x, underflow));
  // Two factors, since 2^n itself may lie outside the floats; only the last product can round.
  const std::int32_t half = parts.n >> 1;
  return separately((T(1) + parts.m) * power_of_two<T>(half) * power_of_two<T>(parts.n - half));
}

/// x = 2^exponent * mantissa(bits), for finite x > 0; the exponent field of `bits` is to be added to
/// `exponent`.
struct Normal {
  std::int32_t exponent;
  std::uint32_t bits;
};

constexpr Normal normalize(std::uint32_t bits) {
  // A subnormal is its bits times 2^-149, and converting an integer below 2^23 is exact.
  const std::uint32_t from_integer = bits_of(static_cast<float>(static_cast<std::int32_t>(bits)));
  const bool subnormal = bits < smallest_normal_bits;
  return {subnormal ? -149 - 127 : -127, subnormal ? from_integer : bits};
}

/// The correctly rounded root of a finite x > 0, digit by digit in integers.
constexpr float sqrt_by_digits(float x) {
  const Normal normal = normalize(bits_of(x));
  const std::int32_t exponent = normal.exponent + static_cast<std::int32_t>(normal.bits >> 23);
  const std::uint32_t significand = (normal.bits & 0x007fffff) | smallest_normal_bits;
  std::uint32_t radicand = significand << ((exponent & 1) != 0 ? 8 : 7);
  std::uint32_t root = 0;
  std::uint32_t rest = 0;
  for (int digit = 0; digit < 25; ++digit) {
    rest = (rest << 2) | (radicand >> 30);
    radicand <<= 2;
    const std::uint32_t trial = (root << 2) | 1;
    const bool fits = rest >= trial;
    rest -= fits ? trial : 0;
    root = (root << 1) | (fits ? 1U : 0U);
  }
  // 25 digits of a 24-bit result; a root is never halfway between two floats, so that the last digit decides.
  const std::uint32_t rounded = (root + 1) >> 1;
  return std::bit_cast<float>((static_cast<std::uint32_t>((exponent >> 1) + 126) << 23) + rounded);
}

constexpr float portable_sqrt(float x) {
  if (!(x >= 0.0f)) return quiet_nan;
  return x == 0.0f || bits_of(x) == infinity_bits ? x : sqrt_by_digits(x);
}

}  // namespace detail

/// e^x, within 1 ulp (subnormal results included). Overflow gives infinity, underflow 0.
/// Cody-Waite reduction to |r| <= ln(2)/2, minimax polynomial of degree 6, scaling by 2^n in two steps.
template <Single T>
constexpr T exp(T x) {
  constexpr T overflow = 0x1.62e42ep+6f;  // the largest float whose exponential is finite
  const T result = detail::exp_of_number(detail::choose(x < overflow, x, overflow));
  const T bounded = detail::choose(x > overflow, T(detail::infinity), result);
  return detail::choose(detail::is_nan(x), T(detail::quiet_nan), bounded);
}

/// The same of a number that is not above 0, as the distance from a largest one is; or of NaN.
template <Single T>
constexpr T exp_of_difference(T x) {
  return detail::choose(detail::is_nan(x), T(detail::quiet_nan), detail::exp_of_number(x));
}

/// The natural logarithm, within 1 ulp. log(+-0) = -infinity; NaN below 0.
/// x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) = 2 atanh(s), s = f / (2 + f), by a minimax
/// polynomial in s^2, summed as f - f^2/2 + s (f^2/2 + R) so that the rounding of s counts little (the form
/// of fdlibm).
template <Single T>
constexpr T log(T x) {
  constexpr std::uint32_t sqrt_half_bits = 0x3f3504f3;
  const std::uint32_t bits = detail::bits_of(x);
  const detail::Normal normal = detail::normalize(bits & ~detail::sign_bit);
  const std::uint32_t shifted = normal.bits + (0x3f800000 - sqrt_half_bits);
  const auto k = static_cast<T>(normal.exponent + static_cast<std::int32_t>(shifted >> 23));
  const T f = std::bit_cast<T>((shifted & 0x007fffff) + sqrt_half_bits) - T(1);
  const T s = f / (T(2) + f);
  const T z = s * s;
  const T inner = multiply_add(z, T(0x1.31e1a8p-2f), T(0x1.995ed0p-2f));
  const T half_square = separately(T(0.5f) * f * f);
  const T remainder = multiply_add(z, multiply_add(z, inner, T(0x1.55557ap-1f)), half_square);
  const T small = multiply_add(k, T(detail::ln2_low), s * remainder);
  const T result = multiply_add(k, T(detail::ln2_high), small - half_square + f);
  const T finite = bits == detail::infinity_bits ? T(detail::infinity) : result;
  const T positive = bits > detail::infinity_bits ? T(detail::quiet_nan) : finite;
  return (bits & ~detail::sign_bit) == 0 ? T(-detail::infinity) : positive;
}

/// The hyperbolic tangent, within 3 ulp; odd, x itself below 2^-26, and +-1 from |x| = 9.02 on.
/// m / (m + 2) with m = e^(2|x|) - 1, whose small values keep their relative accuracy (the parts of `exp`).
template <Single T>
constexpr T tanh(T x) {
  constexpr T saturated = 10.0f;
  const T size = detail::magnitude(x);
  const detail::ExpParts<T> parts =
      detail::split_exp(T(2) * detail::choose(size < saturated, size, saturated));
  const T scale = detail::power_of_two<T>(parts.n);
  const T m = multiply_add(scale, parts.m, scale - T(1));
  const T result = detail::with_sign_of(m / (m + T(2)), x);
  return detail::choose(detail::is_nan(x), T(detail::quiet_nan), result);
}

/// 1 / (1 + e^-x), within 3 ulp, subnormal results included.
/// With e = e^-|x| it is 1 / (1 + e) or e / (1 + e): neither overflows nor cancels.
template <Single T>
constexpr T sigmoid(T x) {
  const T e = detail::exp_of_number(-detail::magnitude(x));
  const T result = detail::choose(x < T(0), e, T(1)) / (T(1) + e);
  return detail::choose(detail::is_nan(x), T(detail::quiet_nan), result);
}

/// e^x - 1, within 2 ulp; accurate relative to itself near 0, where it has the sign of x. -1 far below 0.
/// The parts of `exp` with half the scale, so that the largest results do not overflow on the way.
template <Single T>
constexpr T expm1(T x) {
  constexpr T lowest = -40.0f;  // e^-40 is far below half an ulp of 1
  constexpr T highest = 89.0f;  // beyond the overflow
  const T above = detail::choose(x > lowest, x, lowest);
  const detail::ExpParts<T> parts = detail::split_exp(detail::choose(above < highest, above, highest));
  const T half = detail::power_of_two<T>(parts.n - 1);
  const T result = T(2) * multiply_add(half, parts.m, half - T(0.5f));
  const T number = detail::choose(detail::magnitude(x) < T(0x1p-25f), x, result);
  return detail::choose(detail::is_nan(x), T(detail::quiet_nan), number);
}

/// log(1 + x), within 2 ulp. log1p(-1) = -infinity; NaN below. What rounding took from 1 + x comes back as
/// the first term of the series.
template <Single T>
constexpr T log1p(T x) {
  const bool inside = x > T(-1) && x < T(detail::infinity);
  const T number = detail::choose(inside, x, T(0));
  const T u = T(1) + number;
  const T lost = (number - (u - T(1))) / u;
  const T result = log(u) + lost;
  const T end = x > T(0) ? T(detail::infinity) : x == T(-1) ? T(-detail::infinity) : T(detail::quiet_nan);
  if (!inside) return end;
  return detail::choose(detail::magnitude(x) < T(0x1p-25f), x, result);
}

/// The error function, within 2 ulp; odd, and +-1 from |x| = 4 on.
/// Below 1 in size x + x P(x^2), else 1 - e^Q(|x|) with Q for log(1 - erf).
template <Single T>
constexpr T erf(T x) {
  const T size = detail::magnitude(x);
  const T t = detail::choose(size < T(4), size, T(4));
  const T z = t * t;
  T p = 0x1.46c204p-14f;
  p = multiply_add(p, z, T(-0x1.a31598p-11f));
  p = multiply_add(p, z, T(0x1.53eafep-8f));
  p = multiply_add(p, z, T(-0x1.b7f666p-6f));
  p = multiply_add(p, z, T(0x1.ce2ce0p-4f));
  p = multiply_add(p, z, T(-0x1.81273ep-2f));
  p = multiply_add(p, z, T(0x1.06eba8p-3f));
  T q = -0x1.2f5a86p-10f;
  q = multiply_add(q, t, T(0x1.e6019ap-7f));
  q = multiply_add(q, t, T(-0x1.6bb8f2p-4f));
  q = multiply_add(q, t, T(-0x1.4ef89cp-1f));
  q = multiply_add(q, t, T(-0x1.1e1c68p+0f));
  q = multiply_add(q, t, T(-0x1.57501cp-9f));
  const T outer = T(1) - detail::exp_of_number(q);
  const T result = detail::with_sign_of(detail::choose(size < T(1), multiply_add(t, p, t), outer), x);
  return detail::choose(detail::is_nan(x), T(detail::quiet_nan), result);
}

/// The square root, correctly rounded (0.5 ulp). sqrt(-0) = -0; NaN below 0.
/// The instruction where there is one (with -fno-math-errno nothing else: otherwise compilers add a call of
/// libm for negative arguments); digit by digit in integers during compilation and on Arm cores without an
/// FPU.
template <Single T>
constexpr T sqrt(T number) {
  const float x = kernels::plain(number);
  if (std::is_constant_evaluated() || !kernels::has_float_hardware) return detail::portable_sqrt(x);
  const float root = __builtin_sqrtf(x);
  return x >= 0.0f ? root : detail::quiet_nan;
}

/// The same of a number that is not below 0 or is no number: then the result is none either, whichever NaN
/// the instruction makes of it.
template <Single T>
constexpr T sqrt_of_square(T number) {
  if (std::is_constant_evaluated() || !kernels::has_float_hardware) return sqrt(number);
  return __builtin_sqrtf(kernels::plain(number));
}

/// cos(2 pi u) for u in [0, 1], within 4 ulp where the result is above 2^-20 in size, and never above 1 in
/// size. Folded to sin(2 pi w), |w| <= 1/4, without rounding near the zeros; minimax polynomial of degree 9.
template <Single T>
constexpr T cos_two_pi(T u) {
  const T folded = detail::choose(u < T(0.5f), u, T(1) - u);
  const T w = T(0.25f) - folded;
  const T z = w * w;
  T p = 0x1.46e11ap+5f;  // a little below the minimax value, so that no result exceeds 1
  p = multiply_add(p, z, T(-0x1.32e974p+6f));
  p = multiply_add(p, z, T(0x1.466f3ep+6f));
  p = multiply_add(p, z, T(-0x1.4abbf0p+5f));
  p = multiply_add(p, z, T(0x1.921fb6p+2f));
  return separately(p * w);
}

inline double exp(double x) { return __builtin_exp(x); }
inline double exp_of_difference(double x) { return __builtin_exp(x); }
inline double log(double x) { return __builtin_log(x); }
inline double tanh(double x) { return __builtin_tanh(x); }
inline double expm1(double x) { return __builtin_expm1(x); }
inline double log1p(double x) { return __builtin_log1p(x); }
inline double erf(double x) { return __builtin_erf(x); }
inline double sqrt(double x) { return __builtin_sqrt(x); }
inline double sqrt_of_square(double x) { return __builtin_sqrt(x); }
inline double cos_two_pi(double u) { return __builtin_cos(6.283185307179586 * u); }

inline double sigmoid(double x) {
  const double e = exp(x < 0.0 ? x : -x);
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

}  // namespace etch::math
