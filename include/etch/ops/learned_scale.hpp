// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/learned_scale.hpp>

namespace etch::ops {

/// y = scale x. Parameter: scale [1].
struct LearnedScale : OpDefaults {
  static constexpr const char* name = "LearnedScale";
  static constexpr bool trains = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int backward = 0;
    kernels::LearnedScale scale;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.weight(1);
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }
  static constexpr long long macs(const Step& s) { return s.in.size(); }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    if (s.phase != Phase::backward) return {0, {s.in.size()}};
    return {1, {s.in.size(), s.input_gradient, s.trainable}};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::learned_scale<T>(d.scale, call.rows, p[0], p[1], p[2]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, 1);
    kernels::learned_scale_backward<T>(d.scale, call.hyper, call.rows, p[0], p[at.x], p[at.weights], p[at.dx],
                                       p.sink(at, 0));
  }
};

}  // namespace etch::ops
