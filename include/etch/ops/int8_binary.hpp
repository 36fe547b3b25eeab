// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/int8_binary.hpp>

namespace etch::ops {

/// A quantized sum, difference or product of two values, or of a value and a weight (that takes the place of
/// the second). Operands a i8, b i8 | numbers i32[11] (`kernels::Int8BinaryNumbers`) | y i8, or
/// a i8 | b i8, numbers | y; or i16 instead of i8.
struct Int8Binary : OpDefaults {
  static constexpr const char* name = "Int8Binary";
  using Attributes = kernels::Binary;
  static constexpr int numbers = sizeof(kernels::Int8BinaryNumbers) / 4;
  struct Description {
    kernels::Binary binary;
    int b_per_row = 1;
    ElementType type = ElementType::i8;
  };

  static constexpr int overwrites(const Step& s, int) {
    const auto b = unpack<Attributes>(s.attributes);
    return b.a_elements == b.elements() ? 0 : b.b_elements == b.elements() && s.parameters == 1 ? 1 : -1;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), s.parameters == 1, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Binary& b = d.binary;
    as_whole(
        d.type, p, [&](auto at) __attribute__((always_inline)) {
          for (int r = 0; r < call.rows; ++r)
            kernels::int8_binary(b, at[0] + r * b.a_elements, at[1] + (d.b_per_row ? r * b.b_elements : 0),
                                 *static_cast<const kernels::Int8BinaryNumbers*>(p.pointer[2]),
                                 at[3] + r * b.elements());
        });
  }
};

}  // namespace etch::ops
