// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/unit_norm.hpp>

namespace etch::ops {

/// Vectors along one axis, divided by their Euclidean length.
struct UnitNorm : OpDefaults {
  static constexpr const char* name = "UnitNorm";
  using Attributes = kernels::UnitNorm;
  struct Description {
    Phase phase = Phase::forward;
    kernels::UnitNorm norm;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    return volume({a.outer, a.length, a.inner}) == ends.x.elements
               ? nullptr
               : "a normalization has other extents than its input";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }  // y over x, dx over dy

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.phase != Phase::backward) return kernels::unit_norm<T>(d.norm, call.rows, p[0], p[1]);
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, 0);
    kernels::unit_norm_backward<T>(d.norm, call.rows, p[0], p[at.x], p[at.dx]);
  }
};

}  // namespace etch::ops
