// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/pad.hpp>

namespace etch::ops {

/// Zero padding and cropping of each side of the first two axes; a signed amount a side.
struct Pad : OpDefaults {
  static constexpr const char* name = "Pad";
  using Attributes = kernels::Pad;
  struct Description {
    kernels::Pad pad;
  };

  /// The way back is the same move in reverse.
  static constexpr kernels::Pad move(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    if (s.phase != Phase::backward) return a;
    return {a.out_height, a.out_width, a.channels, a.height, a.width, -a.top, -a.left};
  }
  /// What is cropped may lie on the start of the whole.
  static constexpr Overlap overlap(const Step& s) {
    const kernels::Pad m = move(s);
    const bool crops =
        m.top <= 0 && m.left <= 0 && m.out_height <= m.height + m.top && m.out_width <= m.width + m.left;
    return crops ? Overlap{0, m.out_height * m.out_width * m.channels * bytes_of(DType::f32)} : Overlap{};
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {move(s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::pad<T>(d.pad, call.rows, p[0], p[1]);
  }
};

}  // namespace etch::ops
