// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/variable.hpp>

/// Variables of imported models: numbers that are kept from call to call, and read and assigned by steps of
/// their own. Their states have one element more than they have, which says whether anything was assigned
/// since the states were cleared, so that clearing all states is a fresh start also where a variable begins
/// with other numbers than 0.
namespace etch::ops {

/// What a variable holds: its first numbers until something is assigned. Operands state [elements + 1] |
/// first numbers [elements], or one for all | y [elements].
struct Recall : MovingOpDefaults {
  static constexpr const char* name = "Recall";
  struct Attributes {
    int single = 0;  ///< there is one first number
  };
  struct Description {
    int elements = 1, single = 0;
    ElementType type = ElementType::real;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    if (!is_flag(unpack<Attributes>(s.attributes).single) || !is_movable(ends.x.type))
      return "a variable is of real numbers, int8 or int16";
    return ends.x.elements == ends.y.elements + 1 ? nullptr
                                                  : "a variable has not one element less than its state";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.weight(unpack<Attributes>(s.attributes).single ? 1 : ends.y.elements, ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.out.size(), unpack<Attributes>(s.attributes).single, moved_type(g, s)};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::recall(call.rows, d.elements, d.single != 0, o[0], o[1], o[2]);
        });
  }
};

/// Gives a variable other numbers. Operands x [elements], state [elements + 1] | y [elements], which is x
/// again, the state.
struct Assign : MovingOpDefaults {
  static constexpr const char* name = "Assign";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 1;
    ElementType type = ElementType::real;
  };

  static constexpr const char* fault(const Step&, const StepEnds& ends) {
    return is_movable(ends.x.type) ? nullptr : "a variable is of real numbers, int8 or int16";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.input(ends.x.elements + 1, ends.x.type);
    o.result(ends.x.elements, ends.x.type);
    o.result_over(1);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.in.size(), moved_type(g, s)};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::assign(call.rows, d.elements, o[0], o[2], o[3]);
        });
  }
};

}  // namespace etch::ops
