// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <limits>

/// Rounding to whole numbers without a library, in the nearest rounding mode. A NaN stays one, and so does
/// the sign of zero.
namespace etch::kernels {

/// Of a number between two whole ones the nearer, of a half the even one. Above 2^23 (2^52 in double) every
/// number is whole, and adding that leaves no fraction.
template <class T>
constexpr T round_to_even(T x) {
  constexpr auto no_fraction = 1 / std::numeric_limits<T>::epsilon();
  const T whole = no_fraction;
  if (!(x > -whole && x < whole)) return x;
  if (x > T(0)) return (x + whole) - whole;
  const T size = (whole - x) - whole;
  return x < T(0) ? -size : x;
}

template <class T>
constexpr T floor(T x) {
  const T near = round_to_even(x);
  return near > x ? near - T(1) : near;
}
template <class T>
constexpr T ceil(T x) {
  return -floor(-x);
}

}  // namespace etch::kernels
