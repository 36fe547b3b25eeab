// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/double_form.hpp>
#include <runtime/kernels/fused/fused_float.hpp>
#include <runtime/kernels/fused/soft_axpy.hpp>

namespace etch::kernels::inline ETCH_TARGET {

namespace fused_forms {
[[gnu::always_inline]] constexpr float fused_multiply_add(float a, float b, float c) {
  if (std::is_constant_evaluated()) return fused::multiply_add_exact(a, b, c);
  if constexpr (fused_form == FusedForm::instruction)
    return __builtin_fmaf(a, b, c);
  else if constexpr (fused_form == FusedForm::doubles)
    return fused::multiply_add_in_double(a, b, c);
  else
    return fused::float_of(fused::multiply_add_soft(fused::bits_of(a), fused::bits_of(b), fused::bits_of(c)));
}
}  // namespace fused_forms

/// `product`, rounded by itself although it meets a sum, also where -ffp-contract=fast would join them.
template <class T>
[[gnu::always_inline]] constexpr T separately(T product) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    return rounded_now(product.value);
  else
    return rounded_now(product);
}

/// a * b + c. For a single one, and for sums that run in registers of cores with a float unit: many products
/// of one sum are `dot`, one factor of many sums is `axpy`, and both cost much less where there is none.
/// Doubles serve checks of gradients: they are computed as they come.
template <Numerics numerics, class T>
[[gnu::always_inline]] constexpr T multiply_add(T a, T b, T c) {
  if constexpr (numerics == Numerics::fused && std::is_same_v<T, float>)
    return fused_forms::fused_multiply_add(a, b, c);
  else
    return c + separately(a * b);
}

/// The same by the numerics of the element type.
template <class T>
[[gnu::always_inline]] constexpr T multiply_add(T a, T b, T c) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    return fused_forms::fused_multiply_add(a.value, b.value, c.value);
  else
    return c + separately(a * b);
}

/// multiply_add where sums of several products run together, as vectors on a desktop: there separate floats
/// go without protection from -ffp-contract=fast, since g++ makes no vectors of what it has to keep apart.
template <Numerics numerics, class T>
[[gnu::always_inline]] constexpr T add_to_sum(T a, T b, T c) {
  if constexpr (numerics == Numerics::separate && std::is_arithmetic_v<T> && vectorizes_loops) {
    const T product = a * b;  // apart: clang++ joins them within an expression
    return c + product;
  } else {
    return multiply_add<numerics>(a, b, c);
  }
}
template <class T>
[[gnu::always_inline]] constexpr T add_to_sum(T a, T b, T c) {
  if constexpr (std::is_arithmetic_v<T>)
    return add_to_sum<Numerics::separate>(a, b, c);
  else
    return multiply_add(a, b, c);
}

/// c - a * b.
template <class T>
[[gnu::always_inline]] constexpr T multiply_subtract(T a, T b, T c) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    return multiply_add(-a, b, c);
  else
    return c - separately(a * b);
}

}  // namespace etch::kernels::inline ETCH_TARGET
