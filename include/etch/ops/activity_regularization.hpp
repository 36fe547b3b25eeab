// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/regularizer.hpp>

namespace etch::ops {

/// y = x, and the penalty l1 * sum |x| + l2 * sum x^2 of a batch, over its rows, is added to the loss.
/// Operands x | y; in training x | y, penalty [1], or x, what others before it add [1] | y, sum of both [1].
struct ActivityRegularization : OpDefaults {
  static constexpr const char* name = "ActivityRegularization";
  struct Attributes {
    float l1 = 0, l2 = 0;
  };
  struct Description {
    Phase phase = Phase::forward;
    int elements = 0;
    float l1 = 0, l2 = 0;
    bool sums = false;
  };

  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step&) {
    return {.needs_input = true, .saved = 1, .trains_as_forward = false, .penalizes = true};
  }
  static constexpr Value saved(const Step&, int) { return {1, Role::temporary, false}; }
  static constexpr int overwrites(const Step& s, int output) {
    return s.phase == Phase::backward && output == 0 ? 0 : -1;  // dx over dy
  }
  static constexpr bool identity(const Step&) { return true; }
  static constexpr bool structural = false;

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.phase, s.in.size(), a.l1, a.l2, s.phase == Phase::training && s.inputs == 2};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const int n = call.rows * d.elements;
    if (d.phase != Phase::backward) {
      const int y = d.sums ? 2 : 1;
      for (int i = 0; i < n; ++i) p[y][i] = p[0][i];
      if (d.phase == Phase::training)
        *p[y + 1] = (d.sums ? *p[1] : T(0)) + kernels::penalty(d.l1, d.l2, p[0], n);
      return;
    }
    const BackwardLayout at = backward_layout(gradient({}), 1, 0);
    const float share = 1.0f / static_cast<float>(call.rows);
    for (int i = 0; i < n; ++i) p[at.dx][i] = p[0][i];
    kernels::regularize(d.l1 * share, d.l2 * share, p[at.x], p[at.dx], n);
  }
};

}  // namespace etch::ops
