// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>

namespace etch::ops {

/// Quantized softmax over the last axis. Operands x i8 | numbers i32[3] (`kernels::Int8SoftmaxNumbers`) | y
/// i8 of scale 1/256 and zero point -128, or y i16 of scale 1/65536 and zero point -32768.
struct Int8Softmax : OpDefaults {
  static constexpr const char* name = "Int8Softmax";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int wide = 0;  ///< results are int16
  };
  struct Description {
    int groups = 1, width = 1;
    int wide = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    if (!is_flag(unpack<Attributes>(s.attributes).wide))
      return "a quantized softmax has an option that is neither 0 nor 1";
    return s.in.last() <= kernels::most_softmax_width ? nullptr
                                                      : "a quantized softmax takes at most 65,536 classes";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i8);
    o.weight(3, ElementType::i32);
    o.result(ends.x.elements, unpack<Attributes>(s.attributes).wide ? ElementType::i16 : ElementType::i8);
    return o;
  }
  /// The differences that count, from `least` to 0, must fit when they are raised.
  static const char* constants_fault(const Step&, const StepEnds&, const void* const* weights) {
    const auto& n = *static_cast<const kernels::Int8SoftmaxNumbers*>(weights[0]);
    if (!is_scale(n.scale) || n.least > 0) return wrong_scale;
    const std::int64_t difference = n.least < -255 ? 255 : -n.least;
    return difference << (n.scale.shift > 0 ? n.scale.shift : 0) <= INT32_MAX ? nullptr : wrong_scale;
  }
  static constexpr int overwrites(const Step& s, int) {
    return unpack<Attributes>(s.attributes).wide ? -1 : 0;
  }

  /// All differences are looked at. What exp and 1 / x compute within is proven for every argument, by
  /// tests/unit/kernels/fixed_point_ranges_test.cpp.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto& n = *static_cast<const kernels::Int8SoftmaxNumbers*>(weights[0]);
    for (int difference = -255; difference <= 0; ++difference) {
      numbers.add_requantized(difference, difference, n.scale);
      const std::int32_t power = kernels::int8_softmax_exp(difference, n, 5);
      numbers.add("exponential", power, power);
    }
    numbers.add("sum of exponentials", 0, std::int64_t{s.in.last()} << 19, 64);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size() / s.in.last(), s.in.last(), unpack<Attributes>(s.attributes).wide};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto* const x = static_cast<const std::int8_t*>(p.pointer[0]);
    const auto& numbers = *static_cast<const kernels::Int8SoftmaxNumbers*>(p.pointer[1]);
    if (d.wide)
      kernels::int8_softmax(call.rows * d.groups, d.width, x, numbers,
                            static_cast<std::int16_t*>(p.pointer[2]));
    else
      kernels::int8_softmax(call.rows * d.groups, d.width, x, numbers,
                            static_cast<std::int8_t*>(p.pointer[2]));
  }
};

}  // namespace etch::ops
