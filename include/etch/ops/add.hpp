// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/merge.hpp>

namespace etch::ops {

/// y = a + b, also how gradients of a value with several uses are summed.
struct Add : OpDefaults {
  static constexpr const char* name = "Add";
  struct Attributes {
    int one_block = 0;  ///< the operands are not one row a sample but one block (gradients of weights)
  };
  struct Description {
    int elements = 0, one_block = 0;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_flag(unpack<Attributes>(s.attributes).one_block)
               ? nullptr
               : "an addition has an option that is neither 0 nor 1";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.input(ends.x.elements);
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.passes = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::sum; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {g.values[g.result(s)].elements / s.repeat, unpack<Attributes>(s.attributes).one_block};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::add<T>(d.one_block ? d.elements : call.rows * d.elements, p[0], p[1], p[2]);
  }
};

}  // namespace etch::ops
