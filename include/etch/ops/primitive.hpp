// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>

#include <span>

namespace etch {

/// What a user's primitive layer computes with: one batch, element type float (double for gradient checks).
template <class T>
struct PrimitiveForward {
  int rows;
  std::span<const T> x;
  std::span<const T> weights;  ///< all weights of the layer, one after another in the order of `weights()`
  std::span<T> y;
};

template <class T>
struct PrimitiveBackward {
  int rows;
  std::span<const T> x, y, dy;
  std::span<const T> weights;
  std::span<T> dx;
  std::span<T> dweights;  ///< to be written, not added to
};

/// The type-erased functions of a user's primitive layer, as an `inline constexpr` object that steps point
/// to. The layer's members travel as attribute words.
struct PrimitiveOp {
  const char* name;
  void (*forward)(const Words&, const PrimitiveForward<float>&);
  void (*backward)(const Words&, const PrimitiveBackward<float>&);
  void (*forward_double)(const Words&, const PrimitiveForward<double>&);
  void (*backward_double)(const Words&, const PrimitiveBackward<double>&);
};

namespace ops {

/// A user's own op. Parameters: one block `weights`. Its code says how its products meet sums, whatever the
/// model's numerics.
struct Primitive : OpDefaults {
  static constexpr const char* name = "Primitive";
  static constexpr bool runs_again = false;  // its code may count or draw
  struct Description {
    Phase phase = Phase::forward;
    const PrimitiveOp* op = nullptr;
    Words attributes{};
    int in = 0, out = 0, weights = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return s.primitive ? nullptr : "a step of a user's op lacks its functions";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    if (s.parameters > 0) o.weight(Operand::any);
    o.result(ends.y.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true, .needs_output = true}; }
  static constexpr bool fuses_update = false;

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    const int w = s.phase == Phase::backward ? 3 : 1;
    return {s.phase,     s.primitive,  s.attributes,
            s.in.size(), s.out.size(), s.parameters > 0 ? g.values[g.operand(s, w)].elements : 0};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    using kernels::plain;
    using Number = std::remove_pointer_t<decltype(plain(p[0]))>;
    const auto rows = static_cast<unsigned>(call.rows);
    const std::size_t in = rows * static_cast<unsigned>(d.in), out = rows * static_cast<unsigned>(d.out);
    const auto count = static_cast<std::size_t>(d.weights);
    if (d.phase != Phase::backward) {
      const PrimitiveForward<Number> with{call.rows,
                                          {plain(p[0]), in},
                                          {count ? plain(p[1]) : nullptr, count},
                                          {plain(p[count ? 2 : 1]), out}};
      if constexpr (sizeof(T) == 4)
        d.op->forward(d.attributes, with);
      else
        d.op->forward_double(d.attributes, with);
      return;
    }
    const BackwardLayout at = backward_layout({.needs_input = true, .needs_output = true}, 1, count ? 1 : 0);
    Number* const dx = plain(p[at.dx]);
    const PrimitiveBackward<Number> with{call.rows,
                                         {plain(p[at.x]), in},
                                         {plain(p[at.y]), out},
                                         {plain(p[0]), out},
                                         {count ? plain(p[at.weights]) : nullptr, count},
                                         {dx, dx ? in : 0},
                                         {count ? plain(p[at.slots]) : nullptr, count}};
    if constexpr (sizeof(T) == 4)
      d.op->backward(d.attributes, with);
    else
      d.op->backward_double(d.attributes, with);
  }
};

}  // namespace ops
}  // namespace etch
