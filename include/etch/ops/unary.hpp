// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/unary.hpp>

namespace etch::ops {

/// y = f(x) element by element, of functions that are no activations.
struct Unary : OpDefaults {
  static constexpr const char* name = "Unary";
  struct Attributes {
    kernels::UnaryKind kind = kernels::UnaryKind::absolute;
  };
  struct Description {
    int backward = 0;
    kernels::UnaryKind kind = kernels::UnaryKind::absolute;
    int elements = 1;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_up_to(unpack<Attributes>(s.attributes).kind, kernels::last_unary_kind)
               ? nullptr
               : "there is no such function";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::table; }
  template <class T>
  static T function(const Step& s, T x) {
    return kernels::unary(unpack<Attributes>(s.attributes).kind, x);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase == Phase::backward, unpack<Attributes>(s.attributes).kind, s.in.size()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int n = call.rows * d.elements;
    if (d.backward)
      kernels::unary_backward<T>(d.kind, p[1], p[0], p[2], n);
    else
      kernels::unary_forward<T>(d.kind, p[0], p[1], n);
  }
};

}  // namespace etch::ops
