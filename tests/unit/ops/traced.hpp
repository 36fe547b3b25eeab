// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

// Before any kernel is read: these functions have to be known where kernels call them.
namespace etch::kernels {

/// An element type of kernels that remembers, in the lowest bit of its number, whether it is a product that
/// nothing has been done with yet, and counts where such a one meets a sum outside of the forms.
struct Traced {
  float stored;
  static inline int joined = 0;  ///< products that met a sum on their own

  Traced() = default;
  template <class Number>
  requires std::is_arithmetic_v<Number>
  constexpr Traced(Number number) : stored(marked(static_cast<float>(number), 0)) {}
  template <class Number>
  requires std::is_arithmetic_v<Number>
  constexpr explicit operator Number() const { return static_cast<Number>(value()); }

  static constexpr float marked(float x, std::uint32_t mark) {
    return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) & ~1U) | mark);
  }
  constexpr float value() const { return marked(stored, 0); }
  constexpr bool is_product() const { return (std::bit_cast<std::uint32_t>(stored) & 1U) != 0; }
};
static_assert(sizeof(Traced) == sizeof(float));

/// A product that the form has rounded.
struct Rounded {
  float value;
  constexpr operator Traced() const { return {value}; }
};
inline Rounded separately(Traced product) { return {product.value()}; }

inline void note_sum(Traced a, Traced b) {
  if (a.is_product() || b.is_product()) ++Traced::joined;
}
inline Traced operator+(Traced a, Traced b) {
  note_sum(a, b);
  return {a.value() + b.value()};
}
inline Traced operator-(Traced a, Traced b) {
  note_sum(a, b);
  return {a.value() - b.value()};
}
inline Traced operator+(Traced a, Rounded b) { return {a.value() + b.value}; }
inline Traced operator-(Traced a, Rounded b) { return {a.value() - b.value}; }
inline Traced operator*(Traced a, Traced b) {
  Traced product;
  product.stored = Traced::marked(a.value() * b.value(), 1);
  return product;
}
inline Traced operator/(Traced a, Traced b) { return {a.value() / b.value()}; }
inline Traced operator-(Traced a) {
  a.stored = -a.stored;  // still a product, if it was one
  return a;
}
inline Traced& operator+=(Traced& a, Traced b) { return a = a + b; }
inline Traced& operator-=(Traced& a, Traced b) { return a = a - b; }
inline Traced& operator*=(Traced& a, Traced b) { return a = a * b; }
inline Traced& operator/=(Traced& a, Traced b) { return a = a / b; }
constexpr bool operator==(Traced a, Traced b) { return a.value() == b.value(); }
constexpr bool operator<(Traced a, Traced b) { return a.value() < b.value(); }
constexpr bool operator>(Traced a, Traced b) { return a.value() > b.value(); }
constexpr bool operator<=(Traced a, Traced b) { return a.value() <= b.value(); }
constexpr bool operator>=(Traced a, Traced b) { return a.value() >= b.value(); }

inline float* plain(Traced* elements) { return reinterpret_cast<float*>(elements); }
inline const float* plain(const Traced* elements) { return reinterpret_cast<const float*>(elements); }

}  // namespace etch::kernels

template <>
struct std::numeric_limits<etch::kernels::Traced> : std::numeric_limits<float> {};

namespace etch::math {

using kernels::Traced;
inline Traced exp(Traced x) { return {std::exp(x.value())}; }
inline Traced exp_of_difference(Traced x) { return exp(x); }
inline Traced log(Traced x) { return {std::log(x.value())}; }
inline Traced tanh(Traced x) { return {std::tanh(x.value())}; }
inline Traced expm1(Traced x) { return {std::expm1(x.value())}; }
inline Traced log1p(Traced x) { return {std::log1p(x.value())}; }
inline Traced erf(Traced x) { return {std::erf(x.value())}; }
inline Traced sqrt(Traced x) { return {std::sqrt(x.value())}; }
inline Traced sqrt_of_square(Traced x) { return sqrt(x); }
inline Traced sin(Traced x) { return {std::sin(x.value())}; }
inline Traced cos(Traced x) { return {std::cos(x.value())}; }
inline Traced cos_two_pi(Traced x) { return {std::cos(6.2831853f * x.value())}; }
inline Traced pow(Traced x, Traced y) { return {std::pow(x.value(), y.value())}; }
inline Traced sigmoid(Traced x) { return {1.0f / (1.0f + std::exp(-x.value()))}; }

}  // namespace etch::math
