// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/resize.hpp>

namespace etch::ops {

/// Up-sampling by whole factors, and the repetition of a vector.
struct Resize : OpDefaults {
  static constexpr const char* name = "Resize";
  using Attributes = kernels::Resize;
  struct Description {
    Phase phase = Phase::forward;
    kernels::Resize resize;
  };

  static constexpr GradientRule gradient(const Step&) { return {}; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.phase == Phase::backward)
      kernels::resize_backward<T>(d.resize, call.rows, p[0], p[1]);
    else
      kernels::resize<T>(d.resize, call.rows, p[0], p[1]);
  }
};

}  // namespace etch::ops
