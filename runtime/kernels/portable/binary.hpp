// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>
#include <runtime/kernels/portable/power.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace etch::kernels {

/// The numbers are part of model files: append only.
enum class BinaryKind : std::int32_t {
  add,
  subtract,
  multiply,
  divide,
  average,  ///< (a + b) / count, the last sum of an average of `count` tensors
  maximum,
  minimum,
  squared_difference,  ///< (a - b)^2
  power,               ///< a^b
  subtract_from,       ///< b - a: the forms in which b may be the constant
  divide_into,         ///< b / a
  power_of,            ///< b^a
  equal,               ///< the comparisons give 1 where they hold, else 0; none holds for a NaN but not_equal
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};

inline constexpr BinaryKind last_binary_kind = BinaryKind::greater_equal;

/// Whether the result says yes or no.
constexpr bool compares(BinaryKind kind) { return kind >= BinaryKind::equal; }
/// Whether the gradient depends on a and b. That of a comparison is 0.
constexpr bool slope_needs_input(BinaryKind kind) {
  return kind != BinaryKind::add && kind != BinaryKind::subtract && kind != BinaryKind::average &&
         kind != BinaryKind::subtract_from && !compares(kind);
}

/// y = a op b with NumPy's broadcasting: a stride of 0 along an axis where an operand has one element.
struct Binary {
  BinaryKind kind = BinaryKind::add;
  int count = 1;
  std::array<int, 4> extent{1, 1, 1, 1};
  std::array<int, 4> a_stride{}, b_stride{};
  int a_elements = 1, b_elements = 1;
  constexpr int elements() const { return extent[0] * extent[1] * extent[2] * extent[3]; }
  constexpr bool operator==(const Binary&) const = default;
};

namespace detail {

constexpr std::array<int, 4> broadcast_strides(const std::array<int, 4>& extent) {
  std::array<int, 4> stride{};
  int n = 1;
  for (unsigned i = 4; i-- > 0; n *= extent[i]) stride[i] = extent[i] == 1 ? 0 : n;
  return stride;
}

/// Calls f(position in y, in a, in b) for every element, in the order of y.
template <class F>
[[gnu::always_inline]] inline void for_each_element(const Binary& d, int rows, F&& f) {
  int at = 0;
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < d.extent[0]; ++i)
      for (int j = 0; j < d.extent[1]; ++j)
        for (int k = 0; k < d.extent[2]; ++k) {
          const int a = r * d.a_elements + i * d.a_stride[0] + j * d.a_stride[1] + k * d.a_stride[2];
          const int b = r * d.b_elements + i * d.b_stride[0] + j * d.b_stride[1] + k * d.b_stride[2];
          for (int l = 0; l < d.extent[3]; ++l) f(at++, a + l * d.a_stride[3], b + l * d.b_stride[3]);
        }
}

template <class T>
[[gnu::always_inline]] constexpr bool holds(BinaryKind kind, T a, T b) {
  switch (kind) {
    case BinaryKind::equal:
      return a == b;
    case BinaryKind::not_equal:
      return a != b;
    case BinaryKind::less:
      return a < b;
    case BinaryKind::less_equal:
      return a <= b;
    case BinaryKind::greater:
      return a > b;
    default:
      return a >= b;
  }
}

template <class T>
[[gnu::always_inline]] constexpr T combine_real(const Binary& d, T a, T b) {
  switch (d.kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::subtract:
      return a - b;
    case BinaryKind::multiply:
      return a * b;
    case BinaryKind::divide:
      return a / b;
    case BinaryKind::average:
      return (a + b) / T(d.count);
    case BinaryKind::maximum:
      return a >= b ? a : b;
    case BinaryKind::minimum:
      return a <= b ? a : b;
    case BinaryKind::squared_difference:
      return (a - b) * (a - b);
    case BinaryKind::power:
      return math::pow(a, b);
    case BinaryKind::subtract_from:
      return b - a;
    case BinaryKind::divide_into:
      return b / a;
    case BinaryKind::power_of:
      return math::pow(b, a);
    default:
      return T(holds(d.kind, a, b));
  }
}

template <class T>
[[gnu::always_inline]] constexpr T combine(const Binary& d, T a, T b) {
  if constexpr (std::numeric_limits<T>::is_integer)  // they are only chosen from
    return d.kind == BinaryKind::maximum ? (a >= b ? a : b) : (a <= b ? a : b);
  else
    return combine_real(d, a, b);
}

template <class T>
struct Slopes {
  T a, b;
};

/// Of dy a^b. Below 0 a power has no slope along b, and none is sent.
template <class T>
[[gnu::always_inline]] constexpr Slopes<T> power_slopes(T dy, T a, T b) {
  return {separately(dy * b * math::pow(a, b - T(1))),
          a > T(0) ? T(separately(dy * math::pow(a, b) * math::log(a))) : T(0)};
}

/// Where both are equal, maximum and minimum send the gradient to the first, as TensorFlow does.
template <class T>
[[gnu::always_inline]] constexpr Slopes<T> slopes(const Binary& d, T dy, T a, T b) {
  switch (d.kind) {
    case BinaryKind::add:
      return {dy, dy};
    case BinaryKind::subtract:
      return {dy, -dy};
    case BinaryKind::multiply:
      return {dy * b, dy * a};
    case BinaryKind::divide:
      return {dy / b, separately(-(dy / b) * (a / b))};
    case BinaryKind::average:
      return {dy / T(d.count), dy / T(d.count)};
    case BinaryKind::maximum:
      return {a >= b ? dy : T(0), a >= b ? T(0) : dy};
    case BinaryKind::minimum:
      return {a <= b ? dy : T(0), a <= b ? T(0) : dy};
    case BinaryKind::squared_difference:
      return {separately(T(2) * dy * (a - b)), separately(T(-2) * dy * (a - b))};
    case BinaryKind::power:
      return power_slopes(dy, a, b);
    case BinaryKind::subtract_from:
      return {-dy, dy};
    case BinaryKind::divide_into:
      return {separately(-(dy / a) * (b / a)), dy / a};
    case BinaryKind::power_of: {
      const Slopes<T> swapped = power_slopes(dy, b, a);
      return {swapped.b, swapped.a};
    }
    default:
      return {T(0), T(0)};
  }
}

}  // namespace detail

/// `extent` of the result, of a and of b, outermost first; those of a and b are the result's or 1.
constexpr Binary broadcast(BinaryKind kind, int count, const std::array<int, 4>& extent,
                           const std::array<int, 4>& a, const std::array<int, 4>& b) {
  Binary d{kind, count, extent, detail::broadcast_strides(a), detail::broadcast_strides(b), 1, 1};
  for (unsigned i = 0; i < 4; ++i) {
    d.a_elements *= a[i];
    d.b_elements *= b[i];
  }
  if (d.a_elements == d.elements() && d.b_elements == d.elements()) {  // no broadcasting: one long axis
    d.extent = {1, 1, 1, d.elements()};
    d.a_stride = d.b_stride = {0, 0, 0, 1};
  }
  return d;
}

/// `y` may be an operand of as many elements.
template <class T>
[[gnu::always_inline]] inline void binary(const Binary& d, int rows, const T* a, const T* b, T* y) {
  detail::for_each_element(
      d, rows, [&](int at, int i, int j) __attribute__((always_inline)) {
        y[at] = detail::combine(d, a[i], b[j]);
      });
}

/// The backward pass; `da` and `db` may be null. An operand that was broadcast sums its gradient in the order
/// of y. `a` and `b` are read only where `slope_needs_input`, else null. One of `da` and `db`
/// may be `dy`, where it has as many elements.
template <class T>
[[gnu::always_inline]] inline void binary_backward(const Binary& d, int rows, const T* dy, const T* a,
                                                   const T* b, T* da, T* db) {
  const bool sum_a = d.a_elements < d.elements(), sum_b = d.b_elements < d.elements();
  const bool product = d.kind == BinaryKind::multiply;
  for (int i = 0; da && sum_a && i < rows * d.a_elements; ++i) da[i] = T(0);
  for (int i = 0; db && sum_b && i < rows * d.b_elements; ++i) db[i] = T(0);
  detail::for_each_element(
      d, rows, [&](int at, int i, int j) __attribute__((always_inline)) {
        const T g = dy[at], x = a ? a[i] : T(0), w = b ? b[j] : T(0);  // read before da takes dy's place
        const auto slope = detail::slopes(d, g, x, w);
        if (da) da[i] = !sum_a ? slope.a : product ? multiply_add(g, w, da[i]) : da[i] + slope.a;
        if (db) db[j] = !sum_b ? slope.b : product ? multiply_add(g, x, db[j]) : db[j] + slope.b;
      });
}

}  // namespace etch::kernels
