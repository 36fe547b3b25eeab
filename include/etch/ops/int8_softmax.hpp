// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>

namespace etch::ops {

/// Quantized softmax over the last axis. Operands x i8 | numbers i32[3] (`kernels::Int8SoftmaxNumbers`) | y
/// i8 of scale 1/256 and zero point -128.
struct Int8Softmax : OpDefaults {
  static constexpr const char* name = "Int8Softmax";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int groups = 1, width = 1;
  };

  static constexpr int overwrites(const Step&, int) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size() / s.in.last(), s.in.last()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int i) { return static_cast<std::int8_t*>(p.pointer[i]); };
    kernels::int8_softmax(call.rows * d.groups, d.width, at(0),
                          *static_cast<const kernels::Int8SoftmaxNumbers*>(p.pointer[1]), at(2));
  }
};

}  // namespace etch::ops
