// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/tile.hpp>

namespace etch::ops {

/// Repeats a tensor along one axis; several axes, or broadcasting to a shape, are several steps, from the
/// last axis to the first.
struct Tile : MovingOpDefaults {
  static constexpr const char* name = "Tile";
  using Attributes = kernels::Tile;
  struct Description {
    int backward = 0;
    kernels::Tile tile;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_movable(ends.x.type)) return "a repetition is of real numbers, int8 or int16";
    return volume({a.outer, a.length}) == ends.x.elements &&
                   volume({a.outer, a.count, a.length}) == ends.y.elements
               ? nullptr
               : "a repetition has other extents than its input and result";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static constexpr Int8Form int8_form(const Step&) { return Int8Form::share; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase == Phase::backward, unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.backward) return kernels::tile_backward<T>(d.tile, call.rows, p[0], p[1]);
    as_moved(
        d.type,
        p, [&](auto o) __attribute__((always_inline)) { kernels::tile(d.tile, call.rows, o[0], o[1]); });
  }
};

}  // namespace etch::ops
