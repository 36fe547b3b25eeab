// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/softmax.hpp>

namespace etch::ops {

/// Softmax or log-softmax along one axis, of attention scores with masks too. Inputs: x, and the mask if
/// there is one, [extent].
struct Softmax : OpDefaults {
  static constexpr const char* name = "Softmax";
  using Attributes = kernels::Softmax;
  struct Description {
    int backward = 0;
    kernels::Softmax softmax;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.log) || !is_flag(a.causal) || !is_flag(a.masked) || a.queries < 1)
      return "a softmax has an option that does not exist";
    return volume({a.outer, a.extent, a.inner}) == ends.x.elements
               ? nullptr
               : "a softmax has other extents than its input";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements);
    if (a.masked) o.input(a.extent);
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_output = true}; }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }

  static constexpr Int8Form int8_form(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return a.inner == 1 && !a.log && !a.causal && !a.masked ? Int8Form::softmax : Int8Form::real;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase == Phase::backward, unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.backward) return kernels::softmax_backward<T>(d.softmax, call.rows, p[1], p[0], p[2]);
    const bool masked = d.softmax.masked != 0;
    kernels::softmax_forward<T>(d.softmax, call.rows, p[0], masked ? p[1] : nullptr, p[masked ? 2 : 1]);
  }
};

}  // namespace etch::ops
