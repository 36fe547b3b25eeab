// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/normalize.hpp>

namespace etch::ops {

/// Normalization inside a sample: what the layer, group and RMS normalizations are made of. Parameters:
/// gamma (if scale), beta (if center), each [channels].
struct Normalize : OpDefaults {
  static constexpr const char* name = "Normalize";
  static constexpr bool trains = true;
  struct Attributes {
    kernels::NormalizeKind kind = kernels::NormalizeKind::standard;
    int blocks = 1, positions = 1, channels = 0, groups = 1;
    int center = 1, scale = 1;
    float epsilon = 1e-3f;
  };
  struct Description {
    Phase phase = Phase::forward;
    kernels::Normalize norm;
    int fixed = 0;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_up_to(a.kind, kernels::NormalizeKind::rms) || !is_flag(a.center) || !is_flag(a.scale))
      return "a normalization has a kind or option that does not exist";
    if (volume({a.blocks, a.positions, a.channels}) != ends.x.elements)
      return "a normalization has other extents than its input";
    return a.groups >= 1 && a.channels % a.groups == 0
               ? nullptr
               : "the groups of a normalization have to divide its channels";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements);
    for (int k = 0; k < a.scale + a.center; ++k) o.weight(a.channels);
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule rule{.needs_input = true, .saved = 1, .trains_as_forward = false};

  static constexpr GradientRule gradient(const Step&) { return rule; }
  /// Mean and inverse deviation of each group.
  static constexpr Value saved(const Step& s, int) {
    const auto a = unpack<Attributes>(s.attributes);
    return {2 * a.blocks * a.groups, Role::temporary, true};
  }
  static constexpr Value scratch(const Step& s) {
    if (s.phase != Phase::backward || !s.trainable) return {};
    return {2 * unpack<Attributes>(s.attributes).channels, Role::temporary, false};
  }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }
  static constexpr long long macs(const Step& s) { return 2LL * s.in.size(); }

  /// Where no block holds numbers of two times.
  static constexpr bool one_time(Step& s) {
    auto a = unpack<Attributes>(s.attributes);
    if (s.in.rank < 2 || a.blocks % s.in[0] != 0) return false;
    a.blocks /= s.in[0];
    s.attributes = pack(a);
    return first_axis_to_one(s);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    Description d{s.phase,
                  {a.kind, a.blocks, a.positions, a.channels, a.groups, a.center, a.scale, a.epsilon}};
    if (s.phase != Phase::backward) return d;
    d.norm.input_gradient = s.input_gradient;
    d.norm.trainable = s.trainable;
    d.fixed = s.fixed;
    return d;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Normalize& n = d.norm;
    const ForwardLayout at = forward_layout(1, n.scale + n.center, 1, 1);
    kernels::normalize_forward<T>(n, call.rows, p[0], n.scale ? p[at.weights] : nullptr,
                                  n.center ? p[at.weights + n.scale] : nullptr, p[at.y],
                                  d.phase == Phase::training ? p[at.saved] : nullptr);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const kernels::Normalize& n = d.norm;
    const BackwardLayout at = backward_layout(rule, 1, n.scale + n.center);
    kernels::normalize_backward<T>(
        n, call.hyper, call.rows, p[0], p[at.x], p[at.saved], n.scale ? p[at.weights] : nullptr, p[at.dx],
        p[at.scratch], p.sink_if(n.scale, at, 0, d.fixed), p.sink_if(n.center, at, n.scale, d.fixed));
  }
};

}  // namespace etch::ops
