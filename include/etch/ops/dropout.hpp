// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/float_kernels.hpp>

namespace etch::ops {

/// Drops elements while training; for prediction the passes remove it.
struct Dropout : OpDefaults {
  static constexpr const char* name = "Dropout";
  struct Attributes {
    float rate = 0;
    int node = 0;  ///< tells the draws of one dropout layer call from another's
  };
  struct Description {
    Phase phase = Phase::forward;
    kernels::Dropout dropout;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step&) { return {.trains_as_forward = false}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr bool identity(const Step&) { return true; }
  static constexpr bool structural = false;
  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.phase,
            {s.in.size(), a.node, s.phase == Phase::forward ? 0.0f : a.rate,
             s.in_parts ? s.in.size() * s.repeat : 0}};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::dropout<T>(d.dropout, call, p[0], p[1]);
  }
};

}  // namespace etch::ops
