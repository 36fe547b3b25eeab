// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/mat_mul.hpp>

namespace etch::ops {

/// y = scale * op(a) op(b) for `groups` pairs of matrices a sample, as `torch.bmm` over heads. Inputs a
/// [groups, m, k] (or [groups, k, m] with transpose_a) and b [groups, k, n] (or [groups, n, k] with
/// transpose_b); result [groups, m, n]. With one group the first extent may be left out. Both inputs have
/// gradients. b may be a weight that is not trained.
struct MatMul : OpDefaults {
  static constexpr const char* name = "MatMul";
  using Attributes = kernels::MatMul;
  struct Description {
    Phase phase = Phase::forward;
    kernels::MatMul product;
    int constant = 0;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    return is_flag(a.transpose_a) && is_flag(a.transpose_b)
               ? nullptr
               : "a product of matrices has an option that is neither 0 nor 1";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(volume({a.groups, a.m, a.k}));
    if (s.parameters > 0)
      o.weight(volume({a.groups, a.k, a.n}));
    else
      o.input(volume({a.groups, a.k, a.n}));
    o.result(volume({a.groups, a.m, a.n}));
    return o;
  }
  /// A weight is a constant of an imported model: see `Binary`.
  static constexpr GradientRule gradient(const Step& s) {
    if (s.parameters > 0) return {.stops = true};
    return {.needs_input = true};
  }
  static constexpr long long macs(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return 1LL * a.groups * a.m * a.n * a.k;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes), s.parameters > 0};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.phase != Phase::backward) {
      const kernels::MatMul& m = d.product;
      const int passes = d.constant ? call.rows : 1;  // each sample meets the weight anew
      for (int r = 0; r < passes; ++r)
        kernels::mat_mul<T>(m, call.rows / passes, p[0] + r * m.groups * m.m * m.k, p[1],
                            p[2] + r * m.groups * m.m * m.n);
      return;
    }
    const BackwardLayout at = backward_layout({.needs_input = true}, 2, 0);
    kernels::mat_mul_backward<T>(d.product, call.rows, p[0], p[at.x], p[at.x + 1], p[at.dx], p[at.dx + 1]);
  }
};

}  // namespace etch::ops
