// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/resize.hpp>

namespace etch::ops {

/// What a resizing of some kind may be of: why it may not, or null.
constexpr const char* resizing_fault(kernels::ResizeKind kind, ElementType type) {
  if (!is_up_to(kind, kernels::ResizeKind::bilinear)) return "there is no such kind of resizing";
  const bool fits = kind == kernels::ResizeKind::bilinear ? type == ElementType::real : is_movable(type);
  return fits ? nullptr : "a resizing is of real numbers, or of the nearest int8 or int16";
}
constexpr Int8Form resizing_form(kernels::ResizeKind kind) {
  return kind == kernels::ResizeKind::nearest ? Int8Form::share : Int8Form::real;
}

/// Up-sampling by whole factors, and the repetition of a vector.
struct Resize : OpDefaults {
  static constexpr const char* name = "Resize";
  using Attributes = kernels::Resize;
  struct Description {
    Phase phase = Phase::forward;
    kernels::Resize resize;
    ElementType type = ElementType::real;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (const char* why = resizing_fault(a.kind, ends.x.type)) return why;
    return volume({a.height, a.width, a.channels}) == ends.x.elements
               ? nullptr
               : "a resizing has other extents than its input";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(volume({a.height, a.rows_each, a.width, a.columns_each, a.channels}), ends.x.type);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {}; }

  static constexpr Int8Form int8_form(const Step& s) {
    return resizing_form(unpack<Attributes>(s.attributes).kind);
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.phase == Phase::backward)
      kernels::resize_backward<T>(d.resize, call.rows, p[0], p[1]);
    else
      as_moved(
          d.type, p, [&](auto o) __attribute__((always_inline)) {
            kernels::resize(d.resize, call.rows, o[0], o[1]);
          });
  }
};

}  // namespace etch::ops
