// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/gather.hpp>

namespace etch::ops {

/// Parts of a tensor along one axis, by index, in any order and as often as wanted: also mirrored and
/// repeated edges. Operands x | indices i32[count], constants from 0 to extent - 1 | y, or
/// x, indices [count] as real numbers | y. There is no way back through it.
struct Gather : OpDefaults {
  static constexpr const char* name = "Gather";
  using Attributes = kernels::Gather;
  struct Description {
    kernels::Gather gather;
    int constant = 0;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_movable(ends.x.type)) return "a gathering is of real numbers, int8 or int16";
    return volume({a.outer, a.extent, a.inner}) == ends.x.elements &&
                   volume({a.outer, a.count, a.inner}) == ends.y.elements
               ? nullptr
               : "a gathering has other extents than its input and result";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const int count = unpack<Attributes>(s.attributes).count;
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    if (s.parameters > 0)
      o.weight(count, ElementType::i32);
    else
      o.input(count);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    if (s.parameters == 0) return nullptr;
    const auto a = unpack<Attributes>(s.attributes);
    const auto* const index = static_cast<const std::int32_t*>(weights[0]);
    for (int i = 0; i < a.count; ++i)
      if (index[i] < 0 || index[i] >= a.extent) return "a gathering has an index outside of its input";
    return nullptr;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  static constexpr Int8Form int8_form(const Step& s) {
    return s.parameters > 0 ? Int8Form::share : Int8Form::real;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), s.parameters > 0, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          if (d.constant)
            kernels::gather(d.gather, call.rows, o[0], static_cast<const std::int32_t*>(p.pointer[1]), 0,
                            o[2]);
          else
            kernels::gather(d.gather, call.rows, o[0], p[1], 1, o[2]);
        });
  }
};

}  // namespace etch::ops
