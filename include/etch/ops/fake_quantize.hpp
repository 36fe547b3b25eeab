// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/fake_quantize.hpp>

namespace etch::ops {

/// Rounds to the numbers that an integer model has, in floats; gradients pass straight through. Of
/// results: x | range [2] | y, where training moves the range after its batches; or x | y with a range that
/// is known. Of weights: | w | y, a grid a filter, and the gradient of y is that of w.
struct FakeQuantize : OpDefaults {
  static constexpr const char* name = "FakeQuantize";
  static constexpr bool runs_again = false;  // training moves its range
  struct Attributes {
    int bits = 8;
    int weights = 0;
    float momentum = 0.99f;         ///< of the range; 1 keeps it
    float lowest = 0, highest = 0;  ///< the range that is known, where there is no parameter
  };
  struct Description {
    Phase phase = Phase::forward;
    int elements = 0, filters = 1, learns = 0;
    Attributes how;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.weights && s.repeat != 1) return "weights are rounded once, not for parts of samples";
    return is_flag(a.weights) && a.bits >= 2 && a.bits <= 16
               ? nullptr
               : "a step that rounds to what an integer model has takes 2 to 16 bits";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const bool of_weights = unpack<Attributes>(s.attributes).weights != 0;
    StepOperands o;
    if (of_weights)
      o.weight(ends.x.elements);
    else
      o.input(ends.x.elements);
    if (!of_weights && s.parameters > 0) o.weight(2);
    o.result(ends.x.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step& s) {
    if (unpack<Attributes>(s.attributes).weights) return {.passes = true};
    return {.needs_input = true, .trains_as_forward = s.parameters == 0};
  }
  static constexpr int overwrites(const Step& s, int output) {
    return s.phase == Phase::backward && output == 0 ? 0 : -1;  // dx over dy
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.phase, s.in.size(), s.in.last(), s.parameters == 1, unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.how.weights)
      return kernels::fake_quantize_weights<T>(d.elements / d.filters, d.filters, d.how.bits, p[0], p[1]);
    const int n = call.rows * d.elements;
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, d.learns);
    T* const range = !d.learns ? nullptr : d.phase == Phase::backward ? p[at.weights] : p[1];
    if (d.phase == Phase::training) kernels::follow_range<T>(n, p[0], T(d.how.momentum), range);
    const auto grid = range ? kernels::fake_quantize_grid<T>(range[0], range[1], d.how.bits)
                            : kernels::fake_quantize_grid<T>(T(d.how.lowest), T(d.how.highest), d.how.bits);
    if (d.phase == Phase::backward)
      kernels::fake_quantize_backward<T>(n, p[at.x], grid, p[0], p[at.dx]);
    else
      kernels::fake_quantize<T>(n, p[0], grid, p[d.learns ? 2 : 1]);
  }
};

}  // namespace etch::ops
