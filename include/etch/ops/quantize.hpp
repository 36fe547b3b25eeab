// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <runtime/kernels/portable/quantize.hpp>

namespace etch::ops {

/// Real numbers to int8 or int16. Operands x | scale [1], zero point i32[1] | y i8 or i16.
struct Quantize : OpDefaults {
  static constexpr const char* name = "Quantize";
  struct Attributes {
    int to_even = 0;  ///< halves go to the nearest even number, as ONNX has it; else away from zero
  };
  struct Description {
    int elements = 0;
    ElementType stored = ElementType::i8;
    int to_even = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    if (!is_flag(unpack<Attributes>(s.attributes).to_even))
      return "a quantization has an option that is neither 0 nor 1";
    return is_small_whole(ends.y.type) ? nullptr : "real numbers are quantized to int8 or int16";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.weight(1);
    o.weight(1, ElementType::i32);
    o.result(ends.x.elements, ends.y.type);
    return o;
  }
  static const char* constants_fault(const Step&, const StepEnds& ends, const void* const* weights) {
    return is_of_type(*static_cast<const std::int32_t*>(weights[1]), ends.y.type) ? nullptr
                                                                                  : wrong_zero_point;
  }
  /// Shares of the scale are kept within four times the type's range before they become whole.
  static void computed(const Step&, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    constexpr std::int64_t far = std::int64_t{4} << 15;
    const std::int64_t zero_point = *static_cast<const std::int32_t*>(weights[1]);
    numbers.add("rounded share with its zero point", -far - 1 + zero_point, far + 1 + zero_point);
  }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.out.size(), g.values[g.result(s)].type, unpack<Attributes>(s.attributes).to_even};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_whole(
        d.stored, p, [&](auto at) __attribute__((always_inline)) {
          kernels::quantize<T>(call.rows * d.elements, p[0], *p[1],
                               *static_cast<const std::int32_t*>(p.pointer[2]), at[3], d.to_even != 0);
        });
  }
};

/// int8 or int16 to real numbers. Operands x i8 or i16 | scale [1], zero point i32[1] | y.
struct Dequantize : OpDefaults {
  static constexpr const char* name = "Dequantize";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
    ElementType stored = ElementType::i8;
  };

  static constexpr const char* fault(const Step&, const StepEnds& ends) {
    return is_small_whole(ends.x.type) ? nullptr : "what is made real is int8 or int16";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.weight(1);
    o.weight(1, ElementType::i32);
    o.result(ends.x.elements);
    return o;
  }
  static const char* constants_fault(const Step&, const StepEnds& ends, const void* const* weights) {
    return is_of_type(*static_cast<const std::int32_t*>(weights[1]), ends.x.type) ? nullptr
                                                                                  : wrong_zero_point;
  }
  static void computed(const Step&, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const std::int64_t zero_point = *static_cast<const std::int32_t*>(weights[1]),
                       most = x[0].empty() ? 32768 : 128;
    numbers.add("difference to the zero point", -most - zero_point, most - 1 - zero_point);
  }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.out.size(), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_whole(
        d.stored, p, [&](auto at) __attribute__((always_inline)) {
          kernels::dequantize<T>(call.rows * d.elements, at[0], *p[1],
                                 *static_cast<const std::int32_t*>(p.pointer[2]), p[3]);
        });
  }
};

}  // namespace etch::ops
