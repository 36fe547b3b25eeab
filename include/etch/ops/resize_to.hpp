// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/resize.hpp>
#include <runtime/kernels/portable/resize_to.hpp>

namespace etch::ops {

/// Resizing to any size with half-pixel centres, as Keras's `Resizing`: bilinear of real numbers, the nearest
/// also of int8 and int16. Other places than half-pixel centres are those of the tables of `Resample`.
struct ResizeTo : detail::ResizingOp<kernels::ResizeTo> {
  static constexpr const char* name = "ResizeTo";

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    for (const int pixels : {a.height, a.width, a.out_height, a.out_width})
      if (pixels > kernels::most_resized_pixels)
        return "a resizing has more than 65,536 pixels along an axis";
    return ResizingOp::fault(s, ends);
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    return operands_of(ends, volume({a.out_height, a.out_width, a.channels}));
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
