// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/prelu.hpp>

namespace etch::ops {

/// x, or alpha x below 0. Parameter: alpha, an extent an axis, 1 where neighbours share.
struct PReLU : OpDefaults {
  static constexpr const char* name = "PReLU";
  static constexpr bool trains = true;
  struct Attributes {
    int stride[Shape::max_rank]{};  ///< of alpha, along each axis of the input; 0 where it is shared
    int alphas = 0;
  };
  struct Description {
    int backward = 0;
    kernels::PRelu prelu;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    std::int64_t last = 0;
    for (int i = 0; i < s.in.rank; ++i) {
      if (a.stride[i] < 0 || a.stride[i] > most_elements) return wrong_alphas;
      last += std::int64_t{a.stride[i]} * (s.in[i] - 1);
    }
    return last < a.alphas ? nullptr : wrong_alphas;
  }
  /// Sums of an alpha that elements share take these one after the other, and samples within.
  static constexpr bool runs_in_parts(const Step& s) {
    return unpack<Attributes>(s.attributes).alphas == s.in.size();
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.weight(volume({unpack<Attributes>(s.attributes).alphas}));
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }
  static constexpr Value scratch(const Step& s) {
    if (s.phase != Phase::backward || !s.trainable) return {};
    return {unpack<Attributes>(s.attributes).alphas, Role::temporary, false};
  }
  static constexpr long long macs(const Step& s) { return s.in.size(); }
  static constexpr bool one_time(Step& s) {
    return unpack<Attributes>(s.attributes).stride[0] == 0 && first_axis_to_one(s);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    Description d{s.phase == Phase::backward, {}};
    d.prelu.elements = s.in.size();
    d.prelu.alphas = a.alphas;
    for (int i = 0; i < s.in.rank; ++i) {
      const int axis = Shape::max_rank - s.in.rank + i;
      d.prelu.extent[axis] = s.in[i];
      d.prelu.stride[axis] = a.stride[i];
    }
    if (!d.backward) return d;
    d.prelu.input_gradient = s.input_gradient;
    d.prelu.trainable = s.trainable;
    return d;
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::prelu_forward<T>(d.prelu, call.rows, p[0], p[1], p[2]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, 1);
    kernels::prelu_backward<T>(d.prelu, call.hyper, call.rows, p[0], p[at.x], p[at.weights], p[at.dx],
                               p[at.scratch], p.sink(at, 0));
  }

 private:
  static constexpr const char* wrong_alphas = "a PReLU reads an alpha that it does not have";
};

}  // namespace etch::ops
