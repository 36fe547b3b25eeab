// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

#include <limits>
#include <type_traits>

namespace etch::kernels::inline ETCH_TARGET {

/// A float of a model whose `Numerics` are `fused`. Kernels are templates of their element type, and by this
/// one the forms know that a product and its sum are rounded once; all else is computed as floats are. In
/// memory it is a float, and `plain` is the way back.
///
/// It is a type of the target, since what a fused multiply-add is made of is the target's: so is the name of
/// every kernel that is made with it.
struct FusedFloat {
  float value;

  FusedFloat() = default;
  template <class Number>
  requires std::is_arithmetic_v<Number>
  [[gnu::always_inline]] constexpr FusedFloat(Number number) : value(static_cast<float>(number)) {}
  template <class Number>
  requires std::is_arithmetic_v<Number>
  [[gnu::always_inline]] constexpr explicit operator Number() const { return static_cast<Number>(value); }

  using F = FusedFloat;
  [[gnu::always_inline]] friend constexpr F operator-(F a) { return {-a.value}; }
  [[gnu::always_inline]] friend constexpr F operator+(F a, F b) { return {a.value + b.value}; }
  [[gnu::always_inline]] friend constexpr F operator-(F a, F b) { return {a.value - b.value}; }
  [[gnu::always_inline]] friend constexpr F operator*(F a, F b) { return {a.value * b.value}; }
  [[gnu::always_inline]] friend constexpr F operator/(F a, F b) { return {a.value / b.value}; }
  [[gnu::always_inline]] friend constexpr F& operator+=(F& a, F b) { return a = a + b; }
  [[gnu::always_inline]] friend constexpr F& operator-=(F& a, F b) { return a = a - b; }
  [[gnu::always_inline]] friend constexpr F& operator*=(F& a, F b) { return a = a * b; }
  [[gnu::always_inline]] friend constexpr F& operator/=(F& a, F b) { return a = a / b; }
  [[gnu::always_inline]] friend constexpr bool operator==(F a, F b) { return a.value == b.value; }
  [[gnu::always_inline]] friend constexpr bool operator<(F a, F b) { return a.value < b.value; }
  [[gnu::always_inline]] friend constexpr bool operator>(F a, F b) { return a.value > b.value; }
  [[gnu::always_inline]] friend constexpr bool operator<=(F a, F b) { return a.value <= b.value; }
  [[gnu::always_inline]] friend constexpr bool operator>=(F a, F b) { return a.value >= b.value; }
};
static_assert(sizeof(FusedFloat) == sizeof(float) && std::is_trivially_copyable_v<FusedFloat>);

/// The element type of kernels that compute with floats by these numerics.
template <Numerics numerics>
using FloatOf = std::conditional_t<numerics == Numerics::fused, FusedFloat, float>;

/// Both of them.
template <class T>
concept Single = std::is_same_v<T, float> || std::is_same_v<T, FusedFloat>;

/// Elements as plain numbers, for what does not depend on numerics.
[[gnu::always_inline]] inline float* plain(FusedFloat* elements) {
  return reinterpret_cast<float*>(elements);
}
[[gnu::always_inline]] inline const float* plain(const FusedFloat* elements) {
  return reinterpret_cast<const float*>(elements);
}
template <class T>
[[gnu::always_inline]] inline T* plain(T* elements) {
  return elements;
}
[[gnu::always_inline]] constexpr float plain(FusedFloat number) { return number.value; }
template <class T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] constexpr T plain(T number) { return number; }

}  // namespace etch::kernels::inline ETCH_TARGET

/// As of floats.
template <>
struct std::numeric_limits<etch::kernels::FusedFloat> : std::numeric_limits<float> {};
