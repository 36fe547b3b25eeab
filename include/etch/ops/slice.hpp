// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/permute.hpp>

namespace etch::ops {

/// Part of a tensor: every so many-th element of each axis from a first one, also backwards. There is no way
/// back through it.
struct Slice : MovingOpDefaults {
  static constexpr const char* name = "Slice";
  struct Attributes {
    kernels::Permute walk;  ///< extents of the result; from each of its elements to the next in the input
    int first = 0;          ///< the input element of the first result
  };
  struct Description {
    kernels::Permute walk;
    int first = 0;
    int elements = 0;  ///< of the input
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    std::int64_t elements = 1, lowest = a.first, highest = a.first;
    for (unsigned i = 0; i < 4; ++i) {
      const std::int64_t stride = a.walk.stride[i], way = stride * (std::int64_t{a.walk.extent[i]} - 1);
      elements = volume({elements, a.walk.extent[i]});
      if (elements == 0 || stride > most_elements || stride < -most_elements)
        return "a slice has extents or strides that no array has";
      (way < 0 ? lowest : highest) += way;
    }
    const bool inside = elements == ends.y.elements && lowest >= 0 && highest < ends.x.elements;
    return inside ? nullptr : "a slice takes elements that its input does not have";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  /// What lies in one piece of its input.
  static constexpr Part part(const Step& s, int k) {
    const auto a = unpack<Attributes>(s.attributes);
    int inner = 1;
    for (unsigned i = 4; i-- > 0; inner *= a.walk.extent[i])
      if (a.walk.extent[i] > 1 && a.walk.stride[i] != inner) return {};
    return k == 0 && s.phase == Phase::forward ? Part{1, 0, a.first} : Part{};
  }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::share; }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {a.walk, a.first, s.in.size(), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_copied(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          if (o[0] + d.first == o[1]) return;  // it lies in its place
          for (int r = 0; r < call.rows; ++r)
            kernels::permute(d.walk, 1, o[0] + r * d.elements + d.first, o[1] + r * d.walk.elements());
        });
  }
};

}  // namespace etch::ops
