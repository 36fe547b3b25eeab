// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// A transform of `length` real samples, a power of two of at least 4, of which the first `given` are read
/// and the rest is zero. It gives length / 2 + 1 complex numbers, divided by `length`.
struct SignalRfft {
  int length = 4, given = 4;
  constexpr bool operator==(const SignalRfft&) const = default;
  constexpr int pairs() const { return length / 2; }
  /// Of the angles that the transform needs: those of a circle in length / 2 parts, and those that take the
  /// two halves of the spectrum apart.
  constexpr int twiddles() const { return pairs() + pairs() / 2; }
};

/// The numbers of kissfft's fixed-point transform, whose bits these are: 15 bits after the point, every
/// product rounded, sums modulo 2^16.
struct Complex16 {
  std::int16_t re = 0, im = 0;
};

namespace detail {

constexpr std::int16_t rounded_15(std::int32_t x) { return static_cast<std::int16_t>((x + (1 << 14)) >> 15); }
constexpr Complex16 operator+(Complex16 a, Complex16 b) {
  return {static_cast<std::int16_t>(a.re + b.re), static_cast<std::int16_t>(a.im + b.im)};
}
constexpr Complex16 operator-(Complex16 a, Complex16 b) {
  return {static_cast<std::int16_t>(a.re - b.re), static_cast<std::int16_t>(a.im - b.im)};
}
/// One factor is a twiddle, of at most 32767 in size: the sums of two products fit.
constexpr Complex16 operator*(Complex16 a, Complex16 b) {
  return {rounded_15(a.re * b.re - a.im * b.im), rounded_15(a.re * b.im + a.im * b.re)};
}
constexpr Complex16 divided(Complex16 a, int by) {
  return {rounded_15(a.re * (32767 / by)), rounded_15(a.im * (32767 / by))};
}
/// Multiplied by -i.
constexpr Complex16 turned(Complex16 a) { return {a.im, static_cast<std::int16_t>(-a.re)}; }

/// The samples in the order in which the innermost stage takes them: digits of base 4 turned round, where a
/// factor of 2 is left the last is of base 2.
[[gnu::always_inline]] inline void scatter_samples(const SignalRfft& d, const std::int16_t* x, Complex16* y) {
  const int n = d.pairs();
  const bool odd = (n & 0x55555555) == 0;  // a power of 2 that is none of 4
  int from = 0;
  for (int to = 0; to < n; ++to) {
    const int re = 2 * from, im = re + 1;
    y[to] = {re < d.given ? x[re] : std::int16_t{}, im < d.given ? x[im] : std::int16_t{}};
    int stride = odd ? n / 2 : n / 4, digit = odd ? stride : 3 * stride;
    while (stride > 0 && (from & digit) == digit) {
      from -= digit;
      stride /= 4;
      digit = 3 * stride;
    }
    from += stride;
  }
}

[[gnu::always_inline]] inline void butterfly_2(int n, const Complex16* twiddle, Complex16* y) {
  for (Complex16* const end = y + n; y < end; y += 2) {
    const Complex16 a = divided(y[0], 2), b = divided(y[1], 2) * twiddle[0];
    y[0] = a + b;
    y[1] = a - b;
  }
}

/// Four transforms of `m` into each of `4 * m`.
[[gnu::always_inline]] inline void butterfly_4(int n, int m, const Complex16* twiddle, Complex16* y) {
  const int stride = n / (4 * m);
  for (Complex16* const end = y + n; y < end; y += 4 * m)
    for (int k = 0; k < m; ++k) {
      const Complex16 first = divided(y[k], 4);
      const Complex16 a = divided(y[k + m], 4) * twiddle[k * stride];
      const Complex16 b = divided(y[k + 2 * m], 4) * twiddle[2 * k * stride];
      const Complex16 c = divided(y[k + 3 * m], 4) * twiddle[3 * k * stride];
      const Complex16 even = first + b, odd = first - b, sum = a + c, turn = turned(a - c);
      y[k] = even + sum;
      y[k + m] = odd + turn;
      y[k + 2 * m] = even - sum;
      y[k + 3 * m] = odd - turn;
    }
}

/// The spectrum of the samples from that of pairs of them as complex numbers, in its place.
[[gnu::always_inline]] inline void separate_halves(int n, const Complex16* twiddle, Complex16* y) {
  const Complex16 zero = divided(y[0], 2);
  y[0] = {static_cast<std::int16_t>(zero.re + zero.im), 0};
  y[n] = {static_cast<std::int16_t>(zero.re - zero.im), 0};
  for (int k = 1; k <= n / 2; ++k) {
    const Complex16 a = divided(y[k], 2);
    const Complex16 b = divided({y[n - k].re, static_cast<std::int16_t>(-y[n - k].im)}, 2);
    const Complex16 sum = a + b, part = (a - b) * twiddle[k - 1];
    y[k] = {static_cast<std::int16_t>((sum.re + part.re) >> 1),
            static_cast<std::int16_t>((sum.im + part.im) >> 1)};
    y[n - k] = {static_cast<std::int16_t>((sum.re - part.re) >> 1),
                static_cast<std::int16_t>((part.im - sum.im) >> 1)};
  }
}

}  // namespace detail

/// \param twiddle `d.twiddles()` of them. \param y [d.length / 2 + 1], not over `x`.
[[gnu::always_inline]] inline void signal_rfft(const SignalRfft& d, const std::int16_t* x,
                                               const Complex16* twiddle, Complex16* y) {
  const int n = d.pairs();
  detail::scatter_samples(d, x, y);
  const bool odd = (n & 0x55555555) == 0;
  if (odd) detail::butterfly_2(n, twiddle, y);
  for (int m = odd ? 2 : 1; m < n; m *= 4) detail::butterfly_4(n, m, twiddle, y);
  detail::separate_halves(n, twiddle + n, y);
}

/// The squares of the sizes of complex numbers, as unsigned words; 0 outside of [first, last).
[[gnu::always_inline]] inline void signal_energy(int n, int first, int last, const Complex16* x,
                                                 std::uint32_t* y) {
  for (int i = 0; i < n; ++i) {
    const auto re = static_cast<std::uint32_t>(x[i].re * x[i].re),
               im = static_cast<std::uint32_t>(x[i].im * x[i].im);
    y[i] = i >= first && i < last ? re + im : 0;
  }
}

}  // namespace etch::kernels
