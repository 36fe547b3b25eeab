// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/random.hpp>

#include <cstdint>

namespace etch::kernels {

/// How first values are made, with the numbers worked out from fans and shape.
enum class FirstForm : std::int32_t {
  fill,         ///< a
  uniform,      ///< a + (2 u - 1) * b
  normal,       ///< a + b * z
  truncated,    ///< the same with |z| <= 2
  orthogonal,   ///< a is the gain
  identity,     ///< a is the gain
  forget_gate,  ///< ones in the second quarter, zeros elsewhere
};

/// A weight's first values; its last axis makes the columns, all others the rows of a matrix.
struct FirstValues {
  FirstForm form = FirstForm::fill;
  float a = 0, b = 0;
  std::int32_t rows = 1, columns = 1;
  constexpr bool operator==(const FirstValues&) const = default;
};

/// Where a parameter's draws come from. Draw `again` of an element is independent of the first.
struct FirstDraws {
  std::uint32_t seed, parameter;

  constexpr float uniform(std::int32_t element) const {
    return random::uniform({seed, 0}, 0, parameter, static_cast<std::uint32_t>(element));
  }
  constexpr float normal(std::int32_t element, std::uint32_t again = 0) const {
    return random::normal({seed, 0}, again, parameter, static_cast<std::uint32_t>(element));
  }
  /// Draws until one is within two deviations. 32 in vain, which no seed will see, give the mean.
  constexpr float truncated(std::int32_t element) const {
    for (std::uint32_t again = 0; again < 32; ++again) {
      const float z = normal(element, again);
      if (z >= -2 && z <= 2) return z;
    }
    return 0;
  }
};

/// A vector inside of a matrix: a row or a column.
template <class T>
struct Strided {
  T* first;
  std::int32_t stride, n;

  constexpr T& operator[](std::int32_t i) const { return first[i * stride]; }
  /// Sums from the first element to the last.
  [[gnu::always_inline]] constexpr T dot(const Strided& other) const {
    T sum = 0;
    for (std::int32_t i = 0; i < n; ++i) sum = multiply_add((*this)[i], other[i], sum);
    return sum;
  }
};

/// Orthonormal rows or columns, whichever are fewer, times the gain: random normal vectors made orthogonal in
/// their place by Gram and Schmidt, which is Q of a QR factorization with a positive diagonal in R, as Keras
/// wants it. Each vector goes twice against those before it, so that rounding leaves nothing of them; one
/// that lies among them to rounding is drawn again.
template <class T>
constexpr void orthogonal(const FirstValues& v, const FirstDraws& draws, T* to) {
  const bool upright = v.rows >= v.columns;
  const std::int32_t count = upright ? v.columns : v.rows, n = upright ? v.rows : v.columns;
  const auto vector = [&](std::int32_t k) {
    return upright ? Strided<T>{to + k, v.columns, n} : Strided<T>{to + k * n, 1, n};
  };
  for (std::int32_t k = 0; k < count; ++k) {
    const Strided<T> x = vector(k);
    T squares = 0;
    for (std::uint32_t again = 0; again < 8 && !(squares > T(0x1p-20f)); ++again) {
      for (std::int32_t i = 0; i < n; ++i) x[i] = T(draws.normal(k * n + i, again));
      for (std::int32_t pass = 0; pass < 2 * k; ++pass) {
        const Strided<T> before = vector(pass % k);
        const T along = x.dot(before);
        for (std::int32_t i = 0; i < n; ++i) x[i] = multiply_subtract(along, before[i], x[i]);
      }
      squares = x.dot(x);
    }
    const T norm = math::sqrt(squares);
    for (std::int32_t i = 0; i < n; ++i) x[i] /= norm;
  }
  for (std::int32_t i = 0; i < v.rows * v.columns; ++i) to[i] *= T(v.a);
}

constexpr std::uint32_t form_bit(FirstForm form) { return std::uint32_t{1} << static_cast<int>(form); }

/// False during compilation for a form that cannot come.
template <std::uint32_t Forms>
[[gnu::always_inline]] constexpr bool is_form(const FirstValues& v, FirstForm form) {
  return (Forms & form_bit(form)) != 0 && v.form == form;
}

/// Writes a parameter's first values, a function of seed, parameter and element. They are drawn as floats
/// whichever T is. \tparam Forms the bits of the forms that can come: a device keeps no code for others.
template <class T, std::uint32_t Forms = ~std::uint32_t{0}>
constexpr void first_values(const FirstValues& v, const FirstDraws& draws, T* to) {
  if (is_form<Forms>(v, FirstForm::orthogonal)) return orthogonal(v, draws, to);
  const std::int32_t n = v.rows * v.columns;
  for (std::int32_t i = 0; i < n; ++i) {
    float value = v.a;
    if (is_form<Forms>(v, FirstForm::uniform))
      value = v.a + separately((2.0f * draws.uniform(i) - 1.0f) * v.b);
    if (is_form<Forms>(v, FirstForm::normal)) value = v.a + separately(v.b * draws.normal(i));
    if (is_form<Forms>(v, FirstForm::truncated)) value = v.a + separately(v.b * draws.truncated(i));
    if (is_form<Forms>(v, FirstForm::identity)) value = i / v.columns == i % v.columns ? v.a : 0.0f;
    if (is_form<Forms>(v, FirstForm::forget_gate)) value = i / (n / 4) == 1 ? 1.0f : 0.0f;
    to[i] = T(value);
  }
}

}  // namespace etch::kernels
