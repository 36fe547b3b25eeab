// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/binary.hpp>
#include <runtime/kernels/portable/int32_binary.hpp>

namespace etch::ops {

/// y = a op b of whole numbers without a scale, with NumPy's broadcasting, modulo 2^32. Operands a i32, b
/// i32, an input or a weight | the bounds of the result i32[2] | y i32.
struct Int32Binary : OpDefaults {
  static constexpr const char* name = "Int32Binary";
  static constexpr bool whole_numbers = true;
  using Attributes = kernels::Binary;
  struct Description {
    kernels::Binary binary;
    int constant = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto b = unpack<Attributes>(s.attributes);
    using enum kernels::BinaryKind;
    for (const kernels::BinaryKind kind : {add, subtract, multiply, divide, maximum, minimum})
      if (b.kind == kind) return broadcast_fault(b);
    return "there is no such operation on two tensors of whole numbers";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds&) {
    const auto b = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(b.a_elements, ElementType::i32);
    if (s.parameters > 1)
      o.weight(b.b_elements, ElementType::i32);
    else
      o.input(b.b_elements, ElementType::i32);
    o.weight(2, ElementType::i32);
    o.result(b.elements(), ElementType::i32);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step& s, int) {
    const auto b = unpack<Attributes>(s.attributes);
    if (b.a_elements == b.elements()) return 0;
    return b.b_elements == b.elements() && s.parameters < 2 ? 1 : -1;
  }

  /// Sums, differences and products of any two numbers leave 32 bits; they are defined modulo 2^32.
  static void computed(const Step& s, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    constexpr std::int64_t low = INT32_MIN, high = INT32_MAX;
    switch (unpack<Attributes>(s.attributes).kind) {
      case kernels::BinaryKind::add:
        return numbers.add("sum of two numbers of 32 bits, modulo 2^32", 2 * low, 2 * high);
      case kernels::BinaryKind::subtract:
        return numbers.add("difference of two numbers of 32 bits, modulo 2^32", low - high, high - low);
      case kernels::BinaryKind::multiply:
        return numbers.add("product of two numbers of 32 bits, modulo 2^32", low * high, low * low);
      default:  // compared, or divided with what would leave 32 bits apart
        return numbers.none();
    }
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {unpack<Attributes>(s.attributes), s.parameters > 1};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int32_t> at{p.pointer};
    for (int r = 0; r < call.rows; ++r)
      kernels::int32_binary(
          d.binary, *static_cast<const kernels::Int32Bounds*>(p.pointer[2]), at[0] + r * d.binary.a_elements,
          at[1] + (d.constant ? 0 : r * d.binary.b_elements), at[3] + r * d.binary.elements());
  }
};

}  // namespace etch::ops
