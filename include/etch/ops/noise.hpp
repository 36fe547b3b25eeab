// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/noise.hpp>

namespace etch::ops {

/// Random changes while training; for prediction the passes remove them.
struct Noise : OpDefaults {
  static constexpr const char* name = "Noise";
  struct Attributes {
    kernels::NoiseKind kind = kernels::NoiseKind::spatial_dropout;
    float amount = 0;
    int node = 0;  ///< tells the draws of one layer call from another's
  };
  struct Description {
    kernels::Noise noise;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_up_to(unpack<Attributes>(s.attributes).kind, kernels::NoiseKind::alpha_dropout)
               ? nullptr
               : "there is no such noise";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    return element_by_element(ends);
  }
  static constexpr GradientRule gradient(const Step& s) {
    const bool added = unpack<Attributes>(s.attributes).kind == kernels::NoiseKind::gaussian_noise;
    return {.passes = added, .trains_as_forward = false};
  }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr bool identity(const Step&) { return true; }
  static constexpr bool structural = false;

  static constexpr bool one_time(Step& s) { return first_axis_to_one(s); }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {{a.kind, s.in.size(), s.in.last(), a.node, s.phase == Phase::forward ? 0.0f : a.amount,
             s.phase == Phase::backward, s.in_parts ? s.in.size() * s.repeat : 0}};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::noise<T>(d.noise, call, p[0], p[1]);
  }
};

}  // namespace etch::ops
