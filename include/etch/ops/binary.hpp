// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/binary.hpp>

namespace etch::ops {

/// Why these are not extents and strides of a broadcasting, or null. Along an axis of more than one result an
/// operand has one element, or as many, after those of the axes inside.
constexpr const char* broadcast_fault(const kernels::Binary& b) {
  if (!is_up_to(b.kind, kernels::last_binary_kind)) return "there is no such operation on two tensors";
  if (volume({b.extent[0], b.extent[1], b.extent[2], b.extent[3]}) == 0)
    return "a step on two tensors has extents that no array has";
  const auto fits = [&](const std::array<int, 4>& stride, int elements) {
    std::int64_t inner = 1;
    for (unsigned i = 4; i-- > 0;) {
      if (b.extent[i] == 1) continue;
      if (stride[i] != 0 && stride[i] != inner) return false;
      if (stride[i] != 0) inner *= b.extent[i];
    }
    return inner == elements;
  };
  return fits(b.a_stride, b.a_elements) && fits(b.b_stride, b.b_elements)
             ? nullptr
             : "a step on two tensors has strides that are not those of a broadcasting";
}

/// y = a op b element by element, with NumPy's broadcasting. b may be a weight that is not trained. Maximum
/// and minimum also take int8 and int16.
struct Binary : OpDefaults {
  static constexpr const char* name = "Binary";
  using Attributes = kernels::Binary;
  struct Description {
    Phase phase = Phase::forward;
    kernels::Binary binary;
    int constant = 0;
    ElementType type = ElementType::real;
  };

  static constexpr bool picks(const kernels::Binary& b) {
    return b.kind == kernels::BinaryKind::maximum || b.kind == kernels::BinaryKind::minimum;
  }
  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto b = unpack<Attributes>(s.attributes);
    if (const char* fault = broadcast_fault(b)) return fault;
    return picks(b)
               ? (is_movable(ends.x.type) ? nullptr : "a choice of two is of real numbers, int8 or int16")
           : ends.x.type == ElementType::real
               ? nullptr
               : "a step on two tensors is of real numbers, or the larger or smaller of int8 or int16";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto b = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(b.a_elements, ends.x.type);
    if (s.parameters > 0)
      o.weight(b.b_elements, ends.x.type);
    else
      o.input(b.b_elements, ends.x.type);
    o.result(b.elements(), ends.x.type);
    return o;
  }
  static constexpr GradientRule rule(const kernels::Binary& b) {
    return {.needs_input = kernels::slope_needs_input(b.kind)};
  }
  /// A weight is a constant of an imported model; such steps are not trained, and no gradient goes past them.
  static constexpr GradientRule gradient(const Step& s) {
    if (s.parameters > 0) return {.stops = true};
    return rule(unpack<Attributes>(s.attributes));
  }
  static constexpr int overwrites(const Step& s, int output) {
    const auto b = unpack<Attributes>(s.attributes);
    const bool whole_a = b.a_elements == b.elements(), whole_b = b.b_elements == b.elements();
    if (s.phase == Phase::backward) return (output == 0 ? whole_a : whole_b) ? 0 : -1;
    return whole_a ? 0 : whole_b ? 1 : -1;
  }

  /// Where both operands have the time axis: they are of one shape.
  static constexpr bool one_time(Step& s) {
    auto b = unpack<Attributes>(s.attributes);
    if (b.a_elements != b.elements() || b.b_elements != b.elements()) return false;
    if (!first_axis_to_one(s)) return false;
    b.extent[3] = b.a_elements = b.b_elements = s.out.size();
    s.attributes = pack(b);
    return true;
  }

  static constexpr Int8Form int8_form(const Step& s) {
    using enum kernels::BinaryKind;
    const kernels::BinaryKind kind = unpack<Attributes>(s.attributes).kind;
    return kind == multiply                                     ? Int8Form::product
           : kind == add || kind == subtract || kind == average ? Int8Form::sum
                                                                : Int8Form::real;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {s.phase, unpack<Attributes>(s.attributes), s.parameters == 1, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    if (d.phase != Phase::backward) {
      if (picks(d.binary))
        as_moved(
            d.type, p, [&](auto o) __attribute__((always_inline)) { forward(d, call.rows, o); });
      else
        forward(d, call.rows, p);
      return;
    }
    const GradientRule needs = rule(d.binary);
    const BackwardLayout at = backward_layout(needs, 2, 0);
    kernels::binary_backward<T>(d.binary, call.rows, p[0], needs.needs_input ? p[at.x] : nullptr,
                                needs.needs_input ? p[at.x + 1] : nullptr, p[at.dx], p[at.dx + 1]);
  }

 private:
  template <class T>
  [[gnu::always_inline]] static void forward(const Description& d, int rows, Operands<T> p) {
    if (!d.constant) return kernels::binary<T>(d.binary, rows, p[0], p[1], p[2]);
    for (int r = 0; r < rows; ++r)
      kernels::binary<T>(d.binary, 1, p[0] + r * d.binary.a_elements, p[1], p[2] + r * d.binary.elements());
  }
};

}  // namespace etch::ops
