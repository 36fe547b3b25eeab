// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/sequence.hpp>

namespace etch::ops {

/// y[t] = x[time - 1 - t] along the first axis. It is its own gradient.
struct Reverse : MovingOpDefaults {
  static constexpr const char* name = "Reverse";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int steps = 1, width = 1;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in[0], s.in.size() / s.in[0]};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::reverse(call.rows, d.steps, d.width, p[0], p[1]);
  }
};

}  // namespace etch::ops
