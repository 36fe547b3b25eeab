// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/resize.hpp>

namespace etch::ops {

namespace detail {
/// What resizings have in common. \tparam A their attributes
template <class A>
struct ResizingOp : MovingOpDefaults {
  using Attributes = A;
  struct Description {
    Phase phase = Phase::forward;
    A resize;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<A>(s.attributes);
    if (!is_up_to(a.kind, kernels::ResizeKind::bilinear)) return "there is no such kind of resizing";
    const bool bilinear = a.kind == kernels::ResizeKind::bilinear;
    if (bilinear ? ends.x.type != ElementType::real : !is_movable(ends.x.type))
      return "a resizing is of real numbers, or of the nearest int8 or int16";
    return volume({a.height, a.width, a.channels}) == ends.x.elements
               ? nullptr
               : "a resizing has other extents than its input";
  }
  static constexpr StepOperands operands_of(const StepEnds& ends, std::int64_t results) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.result(results, ends.x.type);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {}; }

  static constexpr Int8Form int8_form(const Step& s) {
    return unpack<A>(s.attributes).kind == kernels::ResizeKind::nearest ? Int8Form::share : Int8Form::real;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase, unpack<A>(s.attributes), moved_type(g, s)};
  }
};
}  // namespace detail

/// Up-sampling by whole factors, and the repetition of a vector.
struct Resize : detail::ResizingOp<kernels::Resize> {
  static constexpr const char* name = "Resize";

  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    return operands_of(ends, volume({a.height, a.rows_each, a.width, a.columns_each, a.channels}));
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
