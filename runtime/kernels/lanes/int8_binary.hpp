// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/requantize.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// `Int8BinaryNumbers` as vectors apply them.
struct BinaryScales {
  std::int32_t a_zero_point, b_zero_point;
  RightScale a, b, y;
  Bounds bounds;
};

/// Whether vectors can: all scales that are used go right.
[[gnu::always_inline]] inline bool binary_goes_right(BinaryKind kind, const Int8BinaryNumbers& n) {
  return goes_right(n.y) && (kind == BinaryKind::multiply || (goes_right(n.a) && goes_right(n.b)));
}
[[gnu::always_inline]] inline BinaryScales binary_scales(const Int8BinaryNumbers& n) {
  return {n.a_zero_point,   n.b_zero_point,   right_scale(n.a),
          right_scale(n.b), right_scale(n.y), bounds_of({0, n.y_zero_point, n.lowest, n.highest})};
}

inline constexpr int combined = 16;  // elements at a time

/// An operand's elements, or one for all where its step is 0, as differences to the zero point.
template <int n, class T>
[[gnu::always_inline]] inline void read_operand(const T* from, int step, std::int32_t zero_point,
                                                Words<n> (&to)[combined / n]) {
  if (step == 0) {
#pragma GCC unroll 4
    for (int v = 0; v < combined / n; ++v) to[v] = Words<n>{} + (*from - zero_point);
    return;
  }
  Halves<combined> halves;
  widen_sixteen(from, halves);
  halves -= static_cast<std::int16_t>(zero_point);  // 0 of int16
  to_words<n>(halves, to);
}

/// Raised and scaled. Of two operands, importers give that of the larger scale one half, exactly.
template <int n, int raised>
[[gnu::always_inline]] inline void scale_operand(Words<n>& x, const RightScale& s) {
  if (s.stays != 0 && s.multiplier == 1 << 30) {
    x <<= raised - 1;
    return;
  }
  x <<= raised;
  requantize_right<n>(x, s);
}

/// `int8_combine` of words.
template <int n, class T, BinaryKind kind>
[[gnu::always_inline]] inline void combine(const BinaryScales& s, Words<n>& a, Words<n>& b) {
  constexpr int raised = sizeof(T) == 1 ? int8_sum_shift : int16_sum_shift;
  if constexpr (kind == BinaryKind::multiply) {
    a *= b;
  } else {
    scale_operand<n, raised>(a, s.a);
    scale_operand<n, raised>(b, s.b);
    a = kind == BinaryKind::add ? a + b : a - b;
  }
  requantize_right<n>(a, s.y);
  bring_within<n>(a, s.bounds);
}

/// A run of elements; what remains after vectors is done one by one, so that `y` may be an operand.
template <int n, BinaryKind kind, class T>
[[gnu::noinline]] inline void combine_run(const BinaryScales& given, const Int8BinaryNumbers& numbers,
                                          int count, const T* a, int a_step, const T* b, int b_step, T* y) {
  const BinaryScales s = given;  // which bytes that are stored cannot change
  int i = 0;
  for (; i + combined <= count; i += combined) {
    Words<n> of_a[combined / n], of_b[combined / n];
    read_operand<n>(a + i * a_step, a_step, s.a_zero_point, of_a);
    read_operand<n>(b + i * b_step, b_step, s.b_zero_point, of_b);
#pragma GCC unroll 4
    for (int v = 0; v < combined / n; ++v) combine<n, T, kind>(s, of_a[v], of_b[v]);
    store_sixteen<n>(of_a, y + i);
  }
  for (; i < count; ++i) y[i] = int8_combine<T>(kind, a[i * a_step], b[i * b_step], numbers);
}

template <int n, BinaryKind kind, class T>
[[gnu::always_inline]] inline void combine_runs(const Binary& d, const T* a, const T* b,
                                                const Int8BinaryNumbers& numbers, T* y) {
  const BinaryScales scales = binary_scales(numbers);
  const int run = d.extent[3];
  for (int i = 0; i < d.extent[0]; ++i)
    for (int j = 0; j < d.extent[1]; ++j)
      for (int k = 0; k < d.extent[2]; ++k, y += run)
        combine_run<n, kind>(scales, numbers, run,
                             a + i * d.a_stride[0] + j * d.a_stride[1] + k * d.a_stride[2], d.a_stride[3],
                             b + i * d.b_stride[0] + j * d.b_stride[1] + k * d.b_stride[2], d.b_stride[3], y);
}

template <int n, class T>
[[gnu::always_inline]] inline void binary_of(const Binary& d, const T* a, const T* b,
                                             const Int8BinaryNumbers& numbers, T* y) {
  if (!binary_goes_right(d.kind, numbers)) return portable::int8_binary(d, a, b, numbers, y);
  if (d.kind == BinaryKind::add) return combine_runs<n, BinaryKind::add>(d, a, b, numbers, y);
  if (d.kind == BinaryKind::subtract) return combine_runs<n, BinaryKind::subtract>(d, a, b, numbers, y);
  combine_runs<n, BinaryKind::multiply>(d, a, b, numbers, y);
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
