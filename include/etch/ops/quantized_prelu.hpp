// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/quantized_prelu.hpp>

namespace etch::ops {

/// x, or alpha x below 0, of int8 or int16, with a quantization for each. Operands x | alpha i8[alphas],
/// numbers i32[9] (`kernels::QuantizedPReluNumbers`) | y of x's type. Alphas repeat over the input.
struct QuantizedPReLU : OpDefaults {
  static constexpr const char* name = "QuantizedPReLU";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int alphas = 1;
  };
  struct Description {
    int elements = 1, alphas = 1;
    ElementType type = ElementType::i8;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const int alphas = unpack<Attributes>(s.attributes).alphas;
    return is_small_whole(ends.x.type) && alphas >= 1 && ends.x.elements % alphas == 0
               ? nullptr
               : "a quantized PReLU is of int8 or int16, and its alphas repeat";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.weight(unpack<Attributes>(s.attributes).alphas, ElementType::i8);
    o.weight(sizeof(kernels::QuantizedPReluNumbers) / 4, ElementType::i32);
    o.result(ends.x.elements, ends.x.type);
    return o;
  }
  static const char* constants_fault(const Step&, const StepEnds& ends, const void* const* weights) {
    const auto& n = *static_cast<const kernels::QuantizedPReluNumbers*>(weights[1]);
    const ElementType type = ends.x.type;
    const bool symmetric = type == ElementType::i8 || n.x_zero_point == 0;  // so that products fit 32 bits
    if (!symmetric || !is_of_type(n.x_zero_point, type) || !is_of_type(n.alpha_zero_point, ElementType::i8))
      return wrong_zero_point;
    if (!is_scale(n.positive) || !is_scale(n.negative)) return wrong_scale;
    return io_fault(type, {0, n.y_zero_point, n.lowest, n.highest});
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto* const alpha = static_cast<const std::int8_t*>(weights[0]);
    const auto& n = *static_cast<const kernels::QuantizedPReluNumbers*>(weights[1]);
    const NumberRange any = range_of_all(x[0]);
    const std::int32_t low = any.low - n.x_zero_point, high = any.high - n.x_zero_point;
    numbers.add("difference to the zero point", low, high);
    numbers.add_requantized(low, high, n.positive);
    for (int a = 0; a < unpack<Attributes>(s.attributes).alphas; ++a) {
      SumRange product;
      product.add(alpha[a] - n.alpha_zero_point, NumberRange{low, high});
      numbers.add("product with alpha", product.low, product.high);
      numbers.add_requantized(product.low, product.high, n.negative);
    }
  }
  static constexpr std::int64_t trained_numbers(const Step&, int k, const Value& weight) {
    return k == 0 ? weight.elements : 0;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.in.size(), unpack<Attributes>(s.attributes).alphas, moved_type(g, s)};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto& numbers = *static_cast<const kernels::QuantizedPReluNumbers*>(p.pointer[2]);
    as_whole(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::quantized_prelu(call.rows * d.elements, d.alphas, o[0],
                                   static_cast<const std::int8_t*>(p.pointer[1]), numbers, o[3]);
        });
  }
};

}  // namespace etch::ops
