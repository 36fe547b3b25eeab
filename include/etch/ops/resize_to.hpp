// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/resize_to.hpp>

namespace etch::ops {

/// Resizing to any size with half-pixel centres, as Keras's `Resizing`: bilinear of real numbers, the nearest
/// also of int8 and int16. Other places than half-pixel centres are those of the tables of `Resample`.
struct ResizeTo : OpDefaults {
  static constexpr const char* name = "ResizeTo";
  using Attributes = kernels::ResizeTo;
  struct Description {
    Phase phase = Phase::forward;
    kernels::ResizeTo resize;
    ElementType type = ElementType::real;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (!is_up_to(a.kind, kernels::ResizeKind::bilinear)) return "there is no such kind of resizing";
    if (a.kind == kernels::ResizeKind::bilinear ? ends.x.type != ElementType::real : !is_movable(ends.x.type))
      return "a resizing is of real numbers, or of the nearest int8 or int16";
    for (const int pixels : {a.height, a.width, a.out_height, a.out_width})
      if (pixels > kernels::most_resized_pixels)
        return "a resizing has more than 65,536 pixels along an axis";
    return volume({a.height, a.width, a.channels}) == ends.x.elements
               ? nullptr
               : "a resizing has other extents than its input";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(volume({a.out_height, a.out_width, a.channels}), ends.x.type);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {}; }

  static constexpr Int8Form int8_form(const Step& s) {
    const bool nearest = unpack<Attributes>(s.attributes).kind == kernels::ResizeKind::nearest;
    return nearest ? Int8Form::share : Int8Form::real;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.phase == Phase::backward)
      kernels::resize_to_backward<T>(d.resize, call.rows, p[0], p[1]);
    else if (d.resize.kind == kernels::ResizeKind::bilinear)
      kernels::resize_to_bilinear<T>(d.resize, call.rows, p[0], p[1]);
    else
      as_moved(
          d.type, p, [&](auto o) __attribute__((always_inline)) {
            kernels::resize_to_nearest(d.resize, call.rows, o[0], o[1]);
          });
  }
};

}  // namespace etch::ops
