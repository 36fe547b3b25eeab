// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/quantize.hpp>

namespace etch::ops {

/// Real numbers to int8 or int16. Operands x | scale [1], zero point i32[1] | y i8 or i16.
struct Quantize : OpDefaults {
  static constexpr const char* name = "Quantize";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
    ElementType stored = ElementType::i8;
  };

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.out.size(), g.values[g.result(s)].type};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_whole(
        d.stored, p, [&](auto at) __attribute__((always_inline)) {
          kernels::quantize<T>(call.rows * d.elements, p[0], *p[1],
                               *static_cast<const std::int32_t*>(p.pointer[2]), at[3]);
        });
  }
};

/// int8 or int16 to real numbers. Operands x i8 or i16 | scale [1], zero point i32[1] | y.
struct Dequantize : OpDefaults {
  static constexpr const char* name = "Dequantize";
  using Attributes = Quantize::Attributes;
  using Description = Quantize::Description;

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
