// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/permute.hpp>

namespace etch::ops {

/// The axes of a sample in another order: axis order[i] becomes axis i of the result. Always four axes; those
/// that a shape lacks come first with extent 1 and stay.
struct Permute : MovingOpDefaults {
  static constexpr const char* name = "Permute";
  struct Attributes {
    std::array<int, 4> extent{1, 1, 1, 1};  ///< of the input
    std::array<int, 4> order{0, 1, 2, 3};
  };
  struct Description {
    kernels::Permute permute;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_movable(ends.x.type)) return "a permutation is of real numbers, int8 or int16";
    unsigned seen = 0;
    for (const int axis : a.order) {
      if (axis < 0 || axis > 3) return "a permutation names an axis that does not exist";
      seen |= 1U << axis;
    }
    if (seen != 15) return "a permutation does not name every axis once";
    return volume({a.extent[0], a.extent[1], a.extent[2], a.extent[3]}) == ends.x.elements
               ? nullptr
               : "a permutation has other extents than its input";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.x.elements, ends.x.type);
    return o;
  }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::share; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    if (s.phase != Phase::backward) return {kernels::permutation(a.extent, a.order), moved_type(g, s)};
    std::array<int, 4> inverse{}, extent{};
    for (unsigned i = 0; i < 4; ++i) {
      inverse[static_cast<unsigned>(a.order[i])] = static_cast<int>(i);
      extent[i] = a.extent[static_cast<unsigned>(a.order[i])];
    }
    return {kernels::permutation(extent, inverse)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::permute(d.permute, call.rows, o[0], o[1]);
        });
  }
};

}  // namespace etch::ops
