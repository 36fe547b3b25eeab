// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <runtime/kernels/portable/int8_log_softmax.hpp>
#include <runtime/kernels/portable/inverse_square_root.hpp>

/// What brings rows of int8 to a common size.
namespace etch::ops {

namespace detail {
/// Rows along the last axis, each by itself. Operands x i8 | numbers i32[words] | y i8.
template <int words>
struct Int8RowsOp : OpDefaults {
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int rows = 1, length = 1;
  };

  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i8);
    o.weight(words, ElementType::i32);
    o.result(ends.x.elements, ElementType::i8);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size() / s.in.last(), s.in.last()};
  }
};
}  // namespace detail

/// Rows divided by their Euclidean length. The number is the zero point of x; y has scale 1/128 and zero
/// point 0.
struct Int8UnitNorm : detail::Int8RowsOp<1> {
  static constexpr const char* name = "Int8UnitNorm";
  static constexpr bool whole_numbers = true;

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return s.in.last() <= kernels::most_int8_products
               ? nullptr
               : "a quantized normalization has rows whose squares may overflow";
  }
  static const char* constants_fault(const Step&, const StepEnds&, const void* const* weights) {
    return is_of_type(*static_cast<const std::int32_t*>(weights[0]), ElementType::i8) ? nullptr
                                                                                      : wrong_zero_point;
  }

  /// What 1 / sqrt computes within is proven for every argument, by
  /// tests/unit/kernels/log_and_root_ranges_test.cpp.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const std::int64_t zero_point = *static_cast<const std::int32_t*>(weights[0]);
    const NumberRange all = range_of_all(x[0]);
    const std::int64_t low = all.low - zero_point, high = all.high - zero_point;
    const std::int64_t square = low * low > high * high ? low * low : high * high;
    numbers.add("difference to the zero point", low, high);
    numbers.add("sum of squares", 0, s.in.last() * square);
    numbers.add_requantized(low, high, {INT32_MAX, 7});
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int8_t> at{p.pointer};
    kernels::int8_unit_norm(call.rows * d.rows, d.length, *static_cast<const std::int32_t*>(p.pointer[1]),
                            at[0], at[2]);
  }
};

/// Log-softmax. The numbers are `kernels::Int8LogSoftmaxNumbers`; y has scale 1/16 and zero point 127.
struct Int8LogSoftmax : detail::Int8RowsOp<sizeof(kernels::Int8LogSoftmaxNumbers) / 4> {
  static constexpr const char* name = "Int8LogSoftmax";
  static constexpr bool whole_numbers = true;

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return s.in.last() <= kernels::most_log_softmax_width
               ? nullptr
               : "a quantized log-softmax takes at most 4,095 classes";
  }
  /// The differences that count, from `least` to 0, must fit when they are raised.
  static const char* constants_fault(const Step&, const StepEnds&, const void* const* weights) {
    const auto& n = *static_cast<const kernels::Int8LogSoftmaxNumbers*>(weights[0]);
    const kernels::Int8Scale& scale = n.softmax.scale;
    if (!is_scale(scale) || n.softmax.least > 0 || !is_scale(n.back) || n.back.shift > 0) return wrong_scale;
    const std::int64_t difference = n.softmax.least < -255 ? 255 : -n.softmax.least;
    return difference << (scale.shift > 0 ? scale.shift : 0) <= INT32_MAX ? nullptr : wrong_scale;
  }

  /// All differences are looked at. What exp and log compute within is proven for every argument, by
  /// tests/unit/kernels/fixed_point_ranges_test.cpp and log_and_root_ranges_test.cpp.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto& n = *static_cast<const kernels::Int8LogSoftmaxNumbers*>(weights[0]);
    const int least = n.softmax.least < -255 ? -255 : n.softmax.least;
    for (int difference = least; difference <= 0; ++difference) {
      numbers.add_requantized(difference, difference, n.softmax.scale);
      const std::int32_t power = kernels::int8_softmax_exp(difference, n.softmax, 5);
      numbers.add("exponential", power, power);
    }
    numbers.add("sum of exponentials", 0, std::int64_t{s.in.last()} << 19);
    constexpr std::int64_t lowest = INT32_MIN, most = lowest + kernels::fixed_point::most_log_of_sum;
    numbers.add("logarithm of the sum", 0, kernels::fixed_point::most_log_of_sum);
    numbers.add("logarithm above the lowest number", lowest, most);
    numbers.add_requantized(lowest, most, n.back);
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int8_t> at{p.pointer};
    kernels::int8_log_softmax(call.rows * d.rows, d.length, at[0],
                              *static_cast<const kernels::Int8LogSoftmaxNumbers*>(p.pointer[1]), at[2]);
  }
};

}  // namespace etch::ops
