// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/regularizer.hpp>

namespace etch::ops {

/// Adds a weight's penalty to the loss: operands weight, loss | loss. The loss is a sum over rows, so the
/// penalty counts once a row of the batch: in parts, what the last one gives is the loss of all.
struct Penalty : OpDefaults {
  static constexpr const char* name = "Penalty";
  struct Attributes {
    float l1 = 0, l2 = 0;
  };
  struct Description {
    int elements = 0;
    float l1 = 0, l2 = 0;
    bool in_parts = false;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) { return whole_batch_fault(s); }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.input(1);
    o.result(1);
    return o;
  }
  static constexpr int overwrites(const Step&, int) { return 1; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {g.values[g.operand(s, 0)].elements, a.l1, a.l2, s.in_parts};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int rows = d.in_parts ? call.part->batch : call.rows;
    *p[2] = kernels::multiply_add(T(rows), kernels::penalty(d.l1, d.l2, p[0], d.elements), *p[1]);
  }
};

}  // namespace etch::ops
