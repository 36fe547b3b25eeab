// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>

namespace etch::ops {

/// Whole numbers as those of another type, modulo its range. Operands x i8, i16 or i32 | y, one of the
/// others.
struct IntCast : MovingOpDefaults {
  static constexpr const char* name = "IntCast";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
    ElementType from = ElementType::i32, to = ElementType::i8;
  };

  static constexpr const char* fault(const Step&, const StepEnds& ends) {
    const bool fits = ends.x.type != ElementType::real && ends.y.type != ElementType::real;
    return fits && ends.x.type != ends.y.type ? nullptr
                                              : "a cast is between two of the types int8, int16 and int32";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.x.elements, ends.y.type);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.out.size(), g.values[g.operand(s, 0)].type, g.values[g.result(s)].type};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_integers(
        d.from, p, [&](auto from) __attribute__((always_inline)) {
          as_integers(
              d.to, p, [&](auto to) __attribute__((always_inline)) {
                for (int i = 0; i < call.rows * d.elements; ++i)
                  to[1][i] = static_cast<std::remove_pointer_t<decltype(to[1])>>(from[0][i]);
              });
        });
  }

 private:
  template <class T, class F>
  [[gnu::always_inline]] static void as_integers(ElementType type, Operands<T> p, F&& f) {
    if (type == ElementType::i32)
      f(Operands<std::int32_t>{p.pointer});
    else
      as_whole(type, p, static_cast<F&&>(f));
  }
};

}  // namespace etch::ops
