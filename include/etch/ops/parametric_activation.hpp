// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/parametric_activation.hpp>

namespace etch::ops {

/// An element-wise function with numbers of the layer's.
struct ParametricActivation : OpDefaults {
  static constexpr const char* name = "ParametricActivation";
  using Attributes = kernels::ParametricActivation;
  struct Description {
    int backward = 0, elements = 0;
    kernels::ParametricActivation activation;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_up_to(unpack<Attributes>(s.attributes).function, kernels::ParametricFunction::elu)
               ? nullptr
               : "there is no such activation";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_output = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::table; }
  template <class T>
  static T function(const Step& s, T x) {
    T y = 0;
    kernels::parametric_forward<T>(unpack<Attributes>(s.attributes), 1, &x, &y);
    return y;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase == Phase::backward, s.in.size(), unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int n = call.rows * d.elements;
    if (d.backward)
      kernels::parametric_backward<T>(d.activation, n, p[1], p[0], p[2]);
    else
      kernels::parametric_forward<T>(d.activation, n, p[0], p[1]);
  }
};

}  // namespace etch::ops
