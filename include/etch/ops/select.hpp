// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/select.hpp>

namespace etch::ops {

/// One of two numbers, by a condition that is 0 or not, element by element. Operands condition [elements],
/// a [elements], b [elements] | y, or condition, a | b [elements or 1], a constant | y. The condition is
/// real.
struct Select : MovingOpDefaults {
  static constexpr const char* name = "Select";
  using Attributes = kernels::Select;
  struct Description {
    int backward = 0, constant = 0;
    kernels::Select select;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.negated) || ends.x.type != ElementType::real || !is_movable(ends.y.type))
      return "a choice is of real numbers, int8 or int16, by a real number";
    const bool fits = a.b_elements == a.elements || (a.b_elements == 1 && s.parameters > 0);
    return fits && a.elements == ends.x.elements && a.elements == ends.y.elements
               ? nullptr
               : "a choice has other extents than its inputs and result";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(a.elements);
    o.input(a.elements, ends.y.type);
    if (s.parameters > 0)
      o.weight(a.b_elements, ends.y.type);
    else
      o.input(a.b_elements, ends.y.type);
    o.result(a.elements, ends.y.type);
    return o;
  }
  /// A weight is a constant of an imported model: see `Binary`.
  static constexpr GradientRule gradient(const Step& s) {
    if (s.parameters > 0) return {.stops = true};
    return {.needs_input = true};
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const bool backward = s.phase == Phase::backward;
    return {backward, s.parameters > 0, unpack<Attributes>(s.attributes),
            backward ? ElementType::real : g.values[g.result(s)].type};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.backward) {
      const BackwardLayout at = backward_layout({.needs_input = true}, 3, 0);
      if (T* const condition = p[at.dx])
        for (int i = 0; i < call.rows * d.select.elements; ++i) condition[i] = T(0);
      return kernels::select_backward<T>(d.select, call.rows * d.select.elements, p[0], p[at.x], p[at.dx + 1],
                                         p[at.dx + 2]);
    }
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::select(d.select, call.rows, p[0], o[1], o[2], d.constant ? 0 : 1, o[3]);
        });
  }
};

}  // namespace etch::ops
