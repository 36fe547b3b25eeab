// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/arg_max.hpp>

namespace etch::ops {

/// Where the largest or smallest number stands along an axis, as a real number, which is what an index is
/// everywhere (`Embedding` takes such).
struct ArgMax : OpDefaults {
  static constexpr const char* name = "ArgMax";
  using Attributes = kernels::ArgMax;
  struct Description {
    kernels::ArgMax arg;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_flag(a.smallest) || !is_flag(a.last) || !is_movable(ends.x.type) ||
        ends.y.type != ElementType::real)
      return "a search for the largest is of real numbers, int8 or int16, and gives a real number";
    return volume({a.outer, a.extent, a.inner}) == ends.x.elements &&
                   volume({a.outer, a.inner}) == ends.y.elements
               ? nullptr
               : "a search for the largest has other extents than its input and result";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.y.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type,
        p, [&](auto o) __attribute__((always_inline)) { kernels::arg_max(d.arg, call.rows, o[0], p[1]); });
  }
};

}  // namespace etch::ops
