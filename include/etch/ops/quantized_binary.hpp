// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/binary.hpp>
#include <etch/ops/constant_checks.hpp>
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/portable/int8_binary_more.hpp>

namespace etch::ops {

/// A quantized sum, difference, product or squared difference of two values, or of a value and a weight (that
/// takes the place of the second), and a quotient of int8. Operands a i8, b i8 | numbers i32[11]
/// (`kernels::Int8BinaryNumbers`) | y i8, or a i8 | b i8, numbers | y; or i16 instead of i8.
struct QuantizedBinary : OpDefaults {
  static constexpr const char* name = "QuantizedBinary";
  static constexpr bool whole_numbers = true;
  using Attributes = kernels::Binary;
  static constexpr int numbers = sizeof(kernels::Int8BinaryNumbers) / 4;
  struct Description {
    kernels::Binary binary;
    int b_per_row = 1;
    ElementType type = ElementType::i8;
  };

  /// Those that kernels of cores compute.
  static constexpr bool is_plain(kernels::BinaryKind kind) { return kind <= kernels::BinaryKind::multiply; }
  static constexpr bool is_quotient(kernels::BinaryKind kind) {
    return kind == kernels::BinaryKind::divide || kind == kernels::BinaryKind::divide_into;
  }
  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    using kernels::BinaryKind;
    const auto b = unpack<Attributes>(s.attributes);
    const bool differs = b.kind == BinaryKind::subtract_from || b.kind == BinaryKind::squared_difference;
    if (!is_up_to(b.kind, kernels::last_binary_kind) ||
        !(is_plain(b.kind) || differs || is_quotient(b.kind)) || !is_small_whole(ends.x.type))
      return "a quantized step on two tensors is a sum, difference, product or quotient of int8 or int16";
    if (is_quotient(b.kind) && ends.x.type != ElementType::i8) return "a quantized quotient is of int8";
    return broadcast_fault(b);
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto b = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(b.a_elements, ends.x.type);
    if (s.parameters > 1)
      o.weight(b.b_elements, ends.x.type);
    else
      o.input(b.b_elements, ends.x.type);
    o.weight(numbers, ElementType::i32);
    o.result(b.elements(), ends.x.type);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds& ends, const void* const* weights) {
    const auto& n = *static_cast<const kernels::Int8BinaryNumbers*>(weights[s.parameters - 1]);
    const ElementType type = ends.x.type;
    // int16 is symmetric: differences to another zero point would not fit, raised by 15 bits or multiplied.
    const auto is_zero_point = [&](std::int32_t z) {
      return type == ElementType::i16 ? z == 0 : is_of_type(z, type);
    };
    if (!is_zero_point(n.a_zero_point) || !is_zero_point(n.b_zero_point)) return wrong_zero_point;
    const kernels::BinaryKind kind = unpack<Attributes>(s.attributes).kind;
    const bool product = kind == kernels::BinaryKind::multiply,
               squared = kind == kernels::BinaryKind::squared_difference;
    // Operands of sums are raised already, and products of int16 use all 32 bits: these scale to the right.
    // Where a difference is squared, operands are at most halves.
    for (const kernels::Int8Scale& scale : {n.a, n.b}) {
      const bool half = scale.shift < 0 || scale.multiplier <= 1 << 30;
      if (!product && !is_quotient(kind) && (!is_scale(scale) || scale.shift > 0 || (squared && !half)))
        return wrong_scale;
    }
    const int most = squared || is_quotient(kind) ? 22 : product && type == ElementType::i8 ? 14 : 0;
    return is_scale(n.y) && n.y.shift <= most ? io_fault(type, {0, n.y_zero_point, n.lowest, n.highest})
                                              : wrong_scale;
  }
  static constexpr int overwrites(const Step& s, int) {
    const auto b = unpack<Attributes>(s.attributes);
    return b.a_elements == b.elements() ? 0 : b.b_elements == b.elements() && s.parameters == 1 ? 1 : -1;
  }

  /// Each of sum, difference and product is least and largest at ends of its operands' ranges.
  static void ranges(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    const auto b = unpack<Attributes>(s.attributes);
    if (s.parameters > 1 || !is_plain(b.kind)) return;
    const auto& n = *static_cast<const kernels::Int8BinaryNumbers*>(weights[0]);
    for (const kernels::Int8Scale& scale : {n.a, n.b, n.y})
      if (scale.multiplier < 0 || scale.shift > 0) return;
    kernels::detail::for_each_element(b, 1, [&](int at, int i, int j) {
      const Int8Range &left = x[0][static_cast<unsigned>(i)], &right = x[1][static_cast<unsigned>(j)];
      Int8Range range = Int8Range::nothing();
      for (const std::int8_t p : {left.low, left.high})
        for (const std::int8_t q : {right.low, right.high})
          range.hold(kernels::int8_combine(b.kind, p, q, n));
      y[static_cast<unsigned>(at)] = range;
    });
  }
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const auto b = unpack<Attributes>(s.attributes);
    const auto& n = *static_cast<const kernels::Int8BinaryNumbers*>(weights[s.parameters - 1]);
    if (is_quotient(b.kind)) return quotients_computed(b.kind, n, numbers);
    if (x[0].empty()) return say_computed(b.kind, kernels::int16_sum_shift, any_int16, any_int16, n, numbers);
    const auto* const constant =
        s.parameters > 1 ? static_cast<const std::int8_t*>(weights[0]) : static_cast<std::int8_t*>(nullptr);
    kernels::detail::for_each_element(b, 1, [&](int, int i, int j) {
      const Int8Range left = x[0][static_cast<unsigned>(i)],
                      right = constant ? Int8Range{constant[j], constant[j]} : x[1][static_cast<unsigned>(j)];
      say_computed(b.kind, kernels::int8_sum_shift, {left.low, left.high}, {right.low, right.high}, n,
                   numbers);
    });
  }
  /// In `kernels::Int8BinaryNumbers`.
  static constexpr ResultBounds bounds(const Step& s) { return {s.parameters - 1, 3}; }

  static constexpr Channels channels(const Step& s) {
    const auto b = unpack<Attributes>(s.attributes);
    const bool same_shapes = b.a_elements == b.elements() && b.b_elements == b.elements();
    return same_shapes && s.parameters == 1 && s.in.last() == s.out.last() ? Channels::apart
                                                                           : Channels::together;
  }
  static constexpr bool select(Step& s, const SelectedChannels& kept, std::span<WeightBlock>) {
    const auto b = unpack<Attributes>(s.attributes);
    const std::array<int, 4> extent{1, 1, b.elements() / s.out.last(), static_cast<int>(kept.out.size())};
    s.attributes = pack(kernels::broadcast(b.kind, 1, extent, extent, extent));
    return true;
  }

  template <class G>
  static constexpr Description describe(const G& g, const Step& s) {
    return {unpack<Attributes>(s.attributes), s.parameters == 1, moved_type(g, s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::Binary& b = d.binary;
    const auto& numbers = *static_cast<const kernels::Int8BinaryNumbers*>(p.pointer[2]);
    as_whole(
        d.type, p, [&](auto at) __attribute__((always_inline)) {
          for (int r = 0; r < call.rows; ++r) {
            const auto *const left = at[0] + r * b.a_elements, *const right =
                                                                   at[1] +
                                                                   (d.b_per_row ? r * b.b_elements : 0);
            auto* const y = at[3] + r * b.elements();
            if (is_plain(b.kind))
              kernels::int8_binary(b, left, right, numbers, y);
            else
              kernels::int8_binary_more(b, left, right, numbers, y);
          }
        });
  }

 private:
  /// What one result is made of, at the ends of its operands' ranges. \param sum_shift how far operands of
  /// sums and differences of this type are raised
  static constexpr void say_computed(kernels::BinaryKind kind, int sum_shift, const NumberRange& left,
                                     const NumberRange& right, const kernels::Int8BinaryNumbers& n,
                                     ComputedNumbers& numbers) {
    const bool squared = kind == kernels::BinaryKind::squared_difference;
    const int squared_shift = sum_shift == kernels::int8_sum_shift
                                  ? kernels::squared_difference_shift<std::int8_t>
                                  : kernels::squared_difference_shift<std::int16_t>;
    const std::int32_t raise = std::int32_t{1} << (squared ? squared_shift : sum_shift);
    for (const std::int32_t p : {left.low - n.a_zero_point, left.high - n.a_zero_point})
      for (const std::int32_t q : {right.low - n.b_zero_point, right.high - n.b_zero_point}) {
        std::int64_t raw = std::int64_t{p} * q;
        if (kind != kernels::BinaryKind::multiply) {
          for (const std::int32_t difference : {p, q})
            numbers.add("raised difference to the zero point", std::int64_t{difference} * raise,
                        std::int64_t{difference} * raise);
          numbers.add_requantized(std::int64_t{p} * raise, std::int64_t{p} * raise, n.a);
          numbers.add_requantized(std::int64_t{q} * raise, std::int64_t{q} * raise, n.b);
          const std::int64_t a = kernels::requantize(p * raise, n.a.multiplier, n.a.shift),
                             b = kernels::requantize(q * raise, n.b.multiplier, n.b.shift);
          raw = kind == kernels::BinaryKind::add             ? a + b
                : kind == kernels::BinaryKind::subtract_from ? b - a
                                                             : a - b;
        }
        if (squared) {
          numbers.add("difference", raw, raw);
          raw *= raw;
          numbers.add("square", 0, raw);
        }
        if (!squared)
          numbers.add(kind == kernels::BinaryKind::multiply ? "product" : "sum or difference", raw, raw);
        numbers.add_requantized(squared ? 0 : raw, raw, n.y);
      }
  }
  /// All quotients there are.
  static constexpr void quotients_computed(kernels::BinaryKind kind, kernels::Int8BinaryNumbers n,
                                           ComputedNumbers& numbers) {
    if (kind == kernels::BinaryKind::divide_into) {
      const std::int32_t a = n.a_zero_point;
      n.a_zero_point = n.b_zero_point;
      n.b_zero_point = a;
    }
    for (std::int32_t a = -128; a < 128; ++a)
      for (std::int32_t b = -128; b < 128; ++b) {
        const kernels::Int8Fraction of = kernels::int8_fraction(a - n.a_zero_point, b - n.b_zero_point);
        const std::int64_t steps =
            kernels::int8_quotient_steps({of.above, of.below == 0 ? 1 : of.below}, n.y);
        numbers.add("quotient with its zero point", steps + n.y_zero_point, steps + n.y_zero_point);
      }
  }
};

}  // namespace etch::ops
