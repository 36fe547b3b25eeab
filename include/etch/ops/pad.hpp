// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/pad.hpp>

namespace etch::ops {

/// Padding and cropping of each side of the first two axes; a signed amount a side. Operands x | y, or
/// x | filling [1] | y, where the filling is what stands outside, else zero.
struct Pad : MovingOpDefaults {
  static constexpr const char* name = "Pad";
  using Attributes = kernels::Pad;
  struct Description {
    kernels::Pad pad;
    int filled = 0;
    ElementType type = ElementType::real;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (volume({a.height, a.width, a.channels}) != ends.x.elements ||
        volume({a.out_height, a.out_width, a.channels}) != ends.y.elements)
      return "a padding has other extents than its input and result";
    const bool near =
        a.top >= -a.height && a.top <= a.out_height && a.left >= -a.width && a.left <= a.out_width;
    // The kernel also computes the places that it does not read.
    const std::int64_t rows = std::int64_t{a.height} + a.out_height,
                       columns = std::int64_t{a.width} + a.out_width;
    return near && volume({rows, columns, a.channels}) > 0
               ? nullptr
               : "a padding or cropping is larger than what it pads or crops";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    if (s.parameters > 0) o.weight(1, ends.x.type);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }

  /// The backward pass is the same move in reverse.
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
    return crops ? Overlap{0, 0, m.out_height * m.out_width * m.channels} : Overlap{};
  }

  static constexpr Int8Form int8_form(const Step&) { return Int8Form::share; }
  static void ranges(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    const std::int8_t filling =
        s.parameters > 0 ? *static_cast<const std::int8_t*>(weights[0]) : std::int8_t{};
    kernels::pad(unpack<Attributes>(s.attributes), 1, x[0].data(), y.data(), {filling, filling});
  }
  static constexpr Channels channels(const Step& s) { return named_channels<Attributes>(s); }
  static constexpr bool select(Step& s, const SelectedChannels& kept, std::span<WeightBlock>) {
    return select_named_channels<Attributes>(s, kept);
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {move(s), s.phase != Phase::backward && s.parameters == 1, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    as_copied(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          if (d.filled)
            kernels::pad(d.pad, call.rows, o[0], o[2], *o[1]);
          else
            kernels::pad(d.pad, call.rows, o[0], o[1]);
        });
  }
};

}  // namespace etch::ops
