// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <runtime/kernels/portable/change_quantization.hpp>

namespace etch::ops {

/// Whole numbers in another scale, as int8, int16 or int32; from int8 to int8 there is `Int8Table`. Operands
/// x i8, i16 or i32 | numbers i32[6] (`kernels::RequantizeNumbers`) | y.
struct Requantize : OpDefaults {
  static constexpr const char* name = "Requantize";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
    ElementType to = ElementType::i8, from = ElementType::i16;
  };

  static constexpr const char* fault(const Step&, const StepEnds& ends) {
    return ends.x.type != ElementType::real && ends.y.type != ElementType::real
               ? nullptr
               : "a step from one quantization to another takes and gives whole numbers";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.weight(sizeof(kernels::RequantizeNumbers) / 4, ElementType::i32);
    o.result(ends.x.elements, ends.y.type);
    return o;
  }
  static const char* constants_fault(const Step&, const StepEnds& ends, const void* const* weights) {
    const auto& n = *static_cast<const kernels::RequantizeNumbers*>(weights[0]);
    if (!is_scale(n.scale)) return wrong_scale;
    // Differences to another zero point might not fit 32 bits.
    const bool words = ends.x.type == ElementType::i32;
    if (words ? n.input_zero_point != 0 : !is_of_type(n.input_zero_point, ends.x.type))
      return wrong_zero_point;
    return ends.y.type == ElementType::i32
               ? nullptr
               : io_fault(ends.y.type, {0, n.output_zero_point, n.lowest, n.highest});
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static void computed(const Step&, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto& n = *static_cast<const kernels::RequantizeNumbers*>(weights[0]);
    if (x[0].empty()) {  // of int16; of int32, which has no zero point, they may be any
      const NumberRange any = n.input_zero_point == 0 ? NumberRange{INT32_MIN, INT32_MAX} : any_int16;
      const std::int64_t low = std::int64_t{any.low} - n.input_zero_point,
                         high = std::int64_t{any.high} - n.input_zero_point;
      numbers.add("difference to the zero point", low, high);
      return numbers.add_requantized(low, high, n.scale);
    }
    for (const Int8Range& number : x[0]) {
      const std::int64_t low = number.low - n.input_zero_point, high = number.high - n.input_zero_point;
      numbers.add("difference to the zero point", low, high);
      numbers.add_requantized(low, high, n.scale);
    }
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.out.size(), g.values[g.result(s)].type, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int n = call.rows * d.elements;
    if (d.from == ElementType::i32)
      change(d.to, n, static_cast<const std::int32_t*>(p.pointer[0]), p);
    else if (d.from == ElementType::i16)
      change(d.to, n, static_cast<const std::int16_t*>(p.pointer[0]), p);
    else
      change(d.to, n, static_cast<const std::int8_t*>(p.pointer[0]), p);
  }

 private:
  template <class From, class T>
  [[gnu::always_inline]] static void change(ElementType to, int n, const From* x, Operands<T> p) {
    const auto& numbers = *static_cast<const kernels::RequantizeNumbers*>(p.pointer[1]);
    if (to == ElementType::i8)
      kernels::change_quantization(n, x, numbers, static_cast<std::int8_t*>(p.pointer[2]));
    else if (to == ElementType::i16)
      kernels::change_quantization(n, x, numbers, static_cast<std::int16_t*>(p.pointer[2]));
    else
      kernels::change_quantization(n, x, numbers, static_cast<std::int32_t*>(p.pointer[2]));
  }
};

}  // namespace etch::ops
