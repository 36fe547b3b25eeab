// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>

#include <array>
#include <cstdint>

namespace etch::kernels {

/// `average` is (a + b) / count, the last sum of an average of `count` tensors.
enum class BinaryKind : std::int32_t { add, subtract, multiply, divide, average, maximum, minimum };

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
[[gnu::always_inline]] constexpr T combine(const Binary& d, T a, T b) {
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
  }
  return a;
}

template <class T>
struct Slopes {
  T a, b;
};

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
  }
  return {dy, dy};
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
/// of y. `a` and `b` are read only by multiply, divide, maximum and minimum, else null. One of `da` and `db`
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
        const auto slope = detail::slopes(d, dy[at], a ? a[i] : T(0), b ? b[j] : T(0));
        if (da) da[i] = !sum_a ? slope.a : product ? multiply_add(dy[at], b[j], da[i]) : da[i] + slope.a;
        if (db) db[j] = !sum_b ? slope.b : product ? multiply_add(dy[at], a[i], db[j]) : db[j] + slope.b;
      });
}

}  // namespace etch::kernels
