// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/activation.hpp>

namespace etch::ops {

/// y = f(x) element by element, or softmax or log_softmax over the last axis.
struct Activation : OpDefaults {
  static constexpr const char* name = "Activation";
  struct Attributes {
    etch::ActivationKind kind = etch::ActivationKind::linear;
  };
  struct Description {
    Phase phase = Phase::forward;
    etch::ActivationKind kind = etch::ActivationKind::linear;
    int positions = 1, width = 1;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_kind(unpack<Attributes>(s.attributes).kind) ? nullptr : "there is no such activation";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step& s) {
    const bool result = derivative_from_result(unpack<Attributes>(s.attributes).kind);
    return {.needs_input = !result, .needs_output = result};
  }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr bool identity(const Step& s) {
    return unpack<Attributes>(s.attributes).kind == etch::ActivationKind::linear;
  }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }
  static constexpr bool samples_apart(const Step&) { return true; }

  static constexpr Int8Form int8_form(const Step& s) {
    const etch::ActivationKind kind = unpack<Attributes>(s.attributes).kind;
    if (kind == etch::ActivationKind::softmax) return Int8Form::softmax;
    return is_elementwise(kind) ? Int8Form::table : Int8Form::real;
  }
  template <class T>
  static T function(const Step& s, T x) {
    T y = 0;
    kernels::activate<T>(unpack<Attributes>(s.attributes).kind, &x, &y, 1, 1);
    return y;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase == Phase::training ? Phase::forward : s.phase, unpack<Attributes>(s.attributes).kind,
            s.in.size() / s.in.last(), s.in.last()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int outer = call.rows * d.positions;
    if (d.phase != Phase::backward)
      kernels::activate<T>(d.kind, p[0], p[1], outer, d.width);
    else if (derivative_from_result(d.kind))
      kernels::activate_backward<T>(d.kind, p[1], p[0], p[2], outer, d.width);
    else
      kernels::activate_backward_from_input<T>(d.kind, p[1], p[0], p[2], outer * d.width);
  }
};

}  // namespace etch::ops
