// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int8_table.hpp>

namespace etch::ops {

/// Any function of one int8: activations, clamps and changes of quantization. Operands x i8 | table i8[256],
/// from the value of x = 0 to 127, then of -128 to -1 | y i8.
struct Int8Table : OpDefaults {
  static constexpr const char* name = "Int8Table";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
  };

  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i8);
    o.weight(256, ElementType::i8);
    o.result(ends.x.elements, ElementType::i8);
    return o;
  }
  static constexpr int overwrites(const Step&, int) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int i) { return static_cast<std::int8_t*>(p.pointer[i]); };
    kernels::int8_table(call.rows * d.elements, at(0), at(1), at(2));
  }
};

}  // namespace etch::ops
