// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/sequence.hpp>

namespace etch::ops {

/// The mask [time] of an input [time, ...]: 1 for a step with an element other than `value`, else 0.
struct ComputeMask : OpDefaults {
  static constexpr const char* name = "ComputeMask";
  struct Attributes {
    float value = 0;
  };
  struct Description {
    int steps = 1, width = 1;
    float value = 0;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.result(s.in[0]);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }
  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in[0], s.in.size() / s.in[0], unpack<Attributes>(s.attributes).value};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::compute_mask(call.rows * d.steps, d.width, T(d.value), p[0], p[1]);
  }
};

/// y[t] = x[t] mask[t]. Inputs: x [time, ...], mask [time]; only x has a gradient.
struct ApplyMask : OpDefaults {
  static constexpr const char* name = "ApplyMask";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int steps = 1, width = 1;
    bool backward = false;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.input(s.in[0]);
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }
  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in[0], s.in.size() / s.in[0], s.phase == Phase::backward};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    // Backward: dy, x, mask | dx.
    const T* const mask = p[d.backward ? 2 : 1];
    T* const to = p[d.backward ? 3 : 2];
    if (to) kernels::apply_mask(call.rows * d.steps, d.width, mask, p[0], to);
  }
};

}  // namespace etch::ops
