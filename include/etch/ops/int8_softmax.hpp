// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>

namespace etch::ops {

/// Quantized softmax over the last axis. Operands x i8 | numbers i32[3] (`kernels::Int8SoftmaxNumbers`) | y
/// i8 of scale 1/256 and zero point -128, or y i16 of scale 1/65536 and zero point -32768.
struct Int8Softmax : OpDefaults {
  static constexpr const char* name = "Int8Softmax";
  struct Attributes {
    int wide = 0;  ///< results are int16
  };
  struct Description {
    int groups = 1, width = 1;
    int wide = 0;
  };

  static constexpr int overwrites(const Step& s, int) {
    return unpack<Attributes>(s.attributes).wide ? -1 : 0;
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
