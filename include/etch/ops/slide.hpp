// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/sequence.hpp>

namespace etch::ops {

/// The window that a streamed convolution sees: the inputs that are kept [n, channels] and a new one
/// [1, channels]. Results: the window [n + 1, channels], and what is kept next, which is a state where the
/// step is stateful. Streams are made of it: by the streaming pass, and by importers.
struct Slide : MovingOpDefaults {
  static constexpr const char* name = "Slide";
  struct Attributes {
    int stateful = 0;
  };
  struct Description {
    int kept = 0, fresh = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    if (!is_flag(unpack<Attributes>(s.attributes).stateful)) return "a window keeps a state (1) or not (0)";
    return ends.y.elements > ends.x.elements ? nullptr : "a window has to be larger than what is new in it";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const std::int64_t kept = ends.y.elements - ends.x.elements;
    StepOperands o;
    o.input(ends.x.elements);
    o.input(kept);
    o.result(ends.y.elements);
    if (unpack<Attributes>(s.attributes).stateful)
      o.result_over(1);
    else
      o.result(kept);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size() - s.in.size(), s.in.size()};
  }
  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::slide(call.rows, d.kept, d.fresh, p[0], p[1], p[2], p[3]);
  }
};

}  // namespace etch::ops
