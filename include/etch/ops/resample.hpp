// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/resample.hpp>

#include <bit>

namespace etch::ops {

/// Resizing by any factor, of real numbers or int8. Operands x | rows i32[words * out_height], columns
/// i32[words * out_width] with `kernels::resample_words` | y. It has no gradient.
struct Resample : OpDefaults {
  static constexpr const char* name = "Resample";
  using Attributes = kernels::Resample;
  struct Description {
    kernels::Resample resample;
    ElementType type = ElementType::real;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto r = unpack<Attributes>(s.attributes);
    if (!is_up_to(r.kind, kernels::ResizeKind::bilinear) || !is_movable(ends.x.type) ||
        !is_flag(r.in_floats) || (r.in_floats && ends.x.type != ElementType::i8))
      return "a resizing step has a kind or type that does not exist";
    return volume({r.height, r.width, r.channels}) == ends.x.elements &&
                   volume({r.out_height, r.out_width, r.channels}) == ends.y.elements
               ? nullptr
               : "a resizing step has other extents than its input and result";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto r = unpack<Attributes>(s.attributes);
    const int words = kernels::resample_words(r.kind);
    StepOperands o;
    o.input(ends.x.elements, ends.x.type);
    o.weight(volume({words, r.out_height}), ElementType::i32);
    o.weight(volume({words, r.out_width}), ElementType::i32);
    o.result(ends.y.elements, ends.x.type);
    return o;
  }
  /// Every place lies within the input; shares of whole numbers are from 0 to 1024, those of bytes that are
  /// blended in floats not far from 0 to 1.
  static const char* constants_fault(const Step& s, const StepEnds& ends, const void* const* weights) {
    const auto r = unpack<Attributes>(s.attributes);
    const int words = kernels::resample_words(r.kind);
    const auto fits = [&](const void* table, int results, int extent) {
      const auto* entry = static_cast<const std::int32_t*>(table);
      for (int k = 0; k < results; ++k, entry += words) {
        const auto inside = [&](int i) { return entry[i] >= 0 && entry[i] < extent; };
        if (!inside(0) || (words > 1 && !inside(1))) return false;
        if (words == 1 || ends.x.type == ElementType::real) continue;
        const float share = std::bit_cast<float>(entry[2]);
        if (r.in_floats ? !(share >= -1 && share <= 2) : entry[2] < 0 || entry[2] > 1024) return false;
      }
      return true;
    };
    return fits(weights[0], r.out_height, r.height) && fits(weights[1], r.out_width, r.width)
               ? nullptr
               : "a resizing step has a table that leads outside of its input";
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static void computed(const Step& s, const void* const*, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto r = unpack<Attributes>(s.attributes);
    if (r.kind == kernels::ResizeKind::nearest) return numbers.none();
    // Shares are 2^20 together; blends in floats are kept from 0 to 255.
    if (r.in_floats) return numbers.add("blend in floats, as a whole number", -128, 127);
    constexpr std::int64_t one = 1 << 20, half = 1 << 19;
    const NumberRange any = range_of_all(x[0]);
    numbers.add("sum of shares and half of their divisor", any.low < 0 ? any.low * one - half : 0,
                any.high > 0 ? any.high * one + half : half, x[0].empty() ? 64 : 32);
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto* rows = static_cast<const std::int32_t*>(p.pointer[1]);
    const auto* columns = static_cast<const std::int32_t*>(p.pointer[2]);
    as_moved(
        d.type, p, [&](auto o) __attribute__((always_inline)) {
          kernels::resample(d.resample, call.rows, rows, columns, o[0], o[3]);
        });
  }
};

}  // namespace etch::ops
