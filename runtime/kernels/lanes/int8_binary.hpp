// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/requantize.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// `Int8BinaryNumbers` as vectors apply them.
struct BinaryScales {
  BinaryKind kind;
  std::int32_t a_zero_point, b_zero_point;
  RightScale a, b, y;
  Bounds bounds;
};

/// Whether vectors can: all scales that are used go right.
[[gnu::always_inline]] inline bool binary_goes_right(BinaryKind kind, const Int8BinaryNumbers& n) {
  return goes_right(n.y) && (kind == BinaryKind::multiply || (goes_right(n.a) && goes_right(n.b)));
}
[[gnu::always_inline]] inline BinaryScales binary_scales(BinaryKind kind, const Int8BinaryNumbers& n) {
  return {kind,
          n.a_zero_point,
          n.b_zero_point,
          right_scale(n.a),
          right_scale(n.b),
          right_scale(n.y),
          bounds_of({0, n.y_zero_point, n.lowest, n.highest})};
}

/// `int8_combine` of n elements; an operand with step 0 is one number for all.
template <int n, class T>
[[gnu::always_inline]] inline void combine(const BinaryScales& s, const T* a, int a_step, const T* b,
                                           int b_step, T* y) {
  constexpr int raised = sizeof(T) == 1 ? int8_sum_shift : int16_sum_shift;
  const auto read = [](const T* from, int step, Words<n>& to) __attribute__((always_inline)) {
    if (step == 0) {
      to = Words<n>{} + *from;
      return;
    }
    Vector<T, n> narrow;
    load(narrow, from);
    to = __builtin_convertvector(narrow, Words<n>);
  };
  Words<n> first, second;
  read(a, a_step, first);
  read(b, b_step, second);
  first -= s.a_zero_point;
  second -= s.b_zero_point;
  if (s.kind == BinaryKind::multiply) {
    first *= second;
  } else {
    first <<= raised;
    second <<= raised;
    requantize_right<n>(first, s.a);
    requantize_right<n>(second, s.b);
    first = s.kind == BinaryKind::add ? first + second : first - second;
  }
  requantize_right<n>(first, s.y);
  bring_within<n>(first, s.bounds);
  store_narrow<n>(first, y);
}

/// A run of elements; what remains after vectors is done one by one, so that `y` may be an operand.
template <int n, class T>
[[gnu::noinline]] inline void combine_run(const BinaryScales& s, const Int8BinaryNumbers& numbers, int count,
                                          const T* a, int a_step, const T* b, int b_step, T* y) {
  int i = 0;
  for (; i + n <= count; i += n) combine<n>(s, a + i * a_step, a_step, b + i * b_step, b_step, y + i);
  for (; i < count; ++i) y[i] = int8_combine<T>(s.kind, a[i * a_step], b[i * b_step], numbers);
}

template <int n, class T>
[[gnu::always_inline]] inline void binary_of(const Binary& d, const T* a, const T* b,
                                             const Int8BinaryNumbers& numbers, T* y) {
  if (!binary_goes_right(d.kind, numbers)) return portable::int8_binary(d, a, b, numbers, y);
  const BinaryScales scales = binary_scales(d.kind, numbers);
  const int run = d.extent[3];
  for (int i = 0; i < d.extent[0]; ++i)
    for (int j = 0; j < d.extent[1]; ++j)
      for (int k = 0; k < d.extent[2]; ++k, y += run)
        combine_run<n>(scales, numbers, run, a + i * d.a_stride[0] + j * d.a_stride[1] + k * d.a_stride[2],
                       d.a_stride[3], b + i * d.b_stride[0] + j * d.b_stride[1] + k * d.b_stride[2],
                       d.b_stride[3], y);
}

[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int8_t* a, const std::int8_t* b,
                                               const Int8BinaryNumbers& n, std::int8_t* y) {
  binary_of<integer_lanes>(d, a, b, n, y);
}
[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int16_t* a, const std::int16_t* b,
                                               const Int8BinaryNumbers& n, std::int16_t* y) {
  binary_of<integer_lanes>(d, a, b, n, y);
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
