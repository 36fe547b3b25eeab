// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int8_mat_mul.hpp>

namespace etch::ops {

/// Quantized products of matrices: `kernels::Int8MatMul` says how they lie. Operands a, b i8 | numbers i32[7]
/// (`kernels::Int8MatMulNumbers`) | y i8, or a | b i8, numbers | y where b is a weight; or i16 instead of i8.
struct QuantizedMatMul : OpDefaults {
  static constexpr const char* name = "QuantizedMatMul";
  static constexpr bool whole_numbers = true;
  using Attributes = kernels::Int8MatMul;
  struct Description {
    kernels::Int8MatMul product;
    int constant = 0;
    ElementType type = ElementType::i8;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    for (const int flag : {a.transpose_a, a.transpose_b, a.one_a, a.one_b})
      if (!is_flag(flag)) return "a quantized product of matrices has an option that is neither 0 nor 1";
    if (!is_small_whole(ends.x.type)) return "a quantized product of matrices is of int8 or int16";
    if (volume({a.m, a.n}) == 0 || volume({a.groups, a.k}) == 0)
      return "a quantized product of matrices has extents that no array has";
    const int most = ends.x.type == ElementType::i8 ? kernels::most_matrix_products<std::int8_t>
                                                    : kernels::most_matrix_products<std::int16_t>;
    return a.k <= most ? nullptr : "a quantized product of matrices has sums that may overflow";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    const std::int64_t b_elements = volume({a.one_b ? 1 : a.groups, a.k, a.n});
    StepOperands o;
    o.input(volume({a.one_a ? 1 : a.groups, a.m, a.k}), ends.x.type);
    if (s.parameters > 1)
      o.weight(b_elements, ends.x.type);
    else
      o.input(b_elements, ends.x.type);
    o.weight(sizeof(kernels::Int8MatMulNumbers) / 4, ElementType::i32);
    o.result(volume({a.groups, a.m, a.n}), ends.x.type);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds& ends, const void* const* weights) {
    const auto& n = *static_cast<const kernels::Int8MatMulNumbers*>(weights[s.parameters - 1]);
    const ElementType type = ends.x.type;
    // int16 is symmetric: products of differences to another zero point would not fit.
    for (const std::int32_t z : {n.a_zero_point, n.b_zero_point})
      if (type == ElementType::i16 ? z != 0 : !is_of_type(z, type)) return wrong_zero_point;
    return scaled_fault(type, 1, {&n.scale}, {0, n.y_zero_point, n.lowest, n.highest});
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr long long macs(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return 1LL * a.groups * a.m * a.n * a.k;
  }
  /// Any numbers of both may meet.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto& n = *static_cast<const kernels::Int8MatMulNumbers*>(weights[s.parameters - 1]);
    const bool wide = x[0].empty();
    NumberRange a = range_of_all(x[0]), b = wide ? any_int16 : NumberRange{-128, 127};
    if (s.parameters == 1) b = range_of_all(x[1]);
    a = {a.low - n.a_zero_point, a.high - n.a_zero_point};
    b = {b.low - n.b_zero_point, b.high - n.b_zero_point};
    SumRange product{INT32_MAX, INT32_MIN};
    for (const std::int64_t end : {a.low, a.high})
      for (const std::int64_t at : {end * b.low, end * b.high}) {
        if (at < product.low) product.low = at;
        if (at > product.high) product.high = at;
      }
    numbers.add("product of differences to zero points", product.low, product.high);
    const std::int64_t k = unpack<Attributes>(s.attributes).k, low = product.low < 0 ? k * product.low : 0,
                       high = product.high > 0 ? k * product.high : 0;
    numbers.add("sum of products, in any order", low, high, wide ? 64 : 32);
    if (wide)
      numbers.add_requantized_wide(low, high, n.scale);
    else
      numbers.add_requantized(low, high, n.scale);
  }
  static constexpr std::int64_t trained_numbers(const Step& s, int k, const Value& weight) {
    return s.parameters > 1 && k == 0 ? weight.elements : 0;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), s.parameters > 1, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Int8MatMul& m = d.product;
    const int a = (m.one_a ? 1 : m.groups) * m.m * m.k;
    const int b = d.constant ? 0 : (m.one_b ? 1 : m.groups) * m.k * m.n;
    as_whole(
        d.type, p, [&](auto at) __attribute__((always_inline)) {
          for (int r = 0; r < call.rows; ++r)
            kernels::int8_mat_mul(m, at[0] + r * a, at[1] + r * b,
                                  *static_cast<const kernels::Int8MatMulNumbers*>(p.pointer[2]),
                                  at[3] + r * m.groups * m.m * m.n);
        });
  }
};

}  // namespace etch::ops
