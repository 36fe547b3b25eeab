// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/constant_checks.hpp>
#include <runtime/kernels/portable/int16_functions.hpp>
#include <runtime/kernels/portable/int16_softmax.hpp>
#include <runtime/kernels/portable/inverse_square_root.hpp>

namespace etch::ops {

/// What brings an int16 to the places of a table, within 32 bits.
constexpr bool is_gate_scale(const kernels::Int16SigmoidNumbers& n) {
  return n.multiplier >= 0 && n.multiplier <= 32767 && n.shift >= 0 && n.shift <= 31;
}

namespace detail {

/// What a table of sigmoid makes of any number, read at places that are `bits` apart.
constexpr void say_gate(const std::uint16_t* table, int bits, ComputedNumbers& numbers) {
  for (int place = 0; place < 255; ++place) {
    const std::int64_t low = std::int64_t{table[place]} << bits,
                       rise = ((1 << bits) - 1) * (std::int64_t{table[place + 1]} - table[place]);
    numbers.add("rise behind a place of the table", rise, rise);
    numbers.add("number between places of the table", low < low + rise ? low : low + rise,
                low < low + rise ? low + rise : low);
  }
}
/// What brings numbers from -32768 to 32767 to the places of a table.
constexpr void say_gate_scale(const kernels::Int16SigmoidNumbers& n, ComputedNumbers& numbers) {
  const std::int64_t half = n.shift > 0 ? std::int64_t{1} << (n.shift - 1) : 0;
  numbers.add("product with the multiplier of places", -32768LL * n.multiplier + half,
              32767LL * n.multiplier + half);
}
inline constexpr const char* gate_address =
    "a table of 256 numbers is read at a place and the next, where the place is kept from 0 to 254";
/// What lines between the places of a table over int16 make of any number.
constexpr void say_lines(const std::int16_t* table, ComputedNumbers& numbers) {
  for (int place = 0; place + 1 < kernels::int16_table_size; ++place) {
    const std::int64_t slope = table[place + 1] - table[place];
    numbers.add("rise behind a place of the table", slope < 0 ? 127 * slope : 0,
                64 + (slope > 0 ? 127 * slope : 0));
  }
}

/// A function of each int16. Operands x i16 | what it reads, `numbers` of them | y i16.
template <int numbers, ElementType type>
struct Int16EachOp : OpDefaults {
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
  };

  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i16);
    o.weight(numbers, type);
    o.result(ends.x.elements, ElementType::i16);
    return o;
  }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size()};
  }
};
}  // namespace detail

/// Any function, by lines between the places of a table: from the value of x = -32768 on, one every 128.
struct Int16Table : detail::Int16EachOp<kernels::int16_table_size, ElementType::i16> {
  static constexpr const char* name = "Int16Table";
  static constexpr bool whole_numbers = true;
  static constexpr unsigned tables(const Step&) { return 1u << 0; }
  static constexpr const char* table_address(const Step&) {
    return "a table of 513 numbers is read at a place and the next, where the place is an int16 without its "
           "last 7 bits, from 0 to 511";
  }

  static void computed(const Step&, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    detail::say_lines(static_cast<const std::int16_t*>(weights[0]), numbers);
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_table(call.rows * d.elements, at[0], at[1], at[2]);
  }
};

/// 1 / sqrt(x), by a scale (`kernels::quantized_rsqrt`). Of int8 it is a table.
struct Int16Rsqrt : detail::Int16EachOp<2, ElementType::i32> {
  static constexpr const char* name = "Int16Rsqrt";
  static constexpr bool whole_numbers = true;

  static const char* constants_fault(const Step&, const StepEnds&, const void* const* weights) {
    return is_scale(*static_cast<const kernels::Int8Scale*>(weights[0])) ? nullptr : wrong_scale;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  /// What 1 / sqrt computes within is proven for every argument, as of `Int8UnitNorm`.
  static void computed(const Step&, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const std::int64_t most = std::int64_t{1} << kernels::rsqrt_shift;  // of 1 and less
    numbers.add_requantized(1, 1, {INT32_MAX, kernels::rsqrt_shift});
    numbers.add("1 / sqrt, raised", 0, most);
    numbers.add_requantized(0, most, *static_cast<const kernels::Int8Scale*>(weights[0]));
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_rsqrt(call.rows * d.elements, at[0], *static_cast<const kernels::Int8Scale*>(p.pointer[1]),
                         at[2]);
  }
};

/// Sigmoid or tanh. Operands x i16 | table i16[256], numbers i32[2] (`kernels::Int16SigmoidNumbers`) | y i16
/// of scale 2^-15.
struct Int16Gate : OpDefaults {
  static constexpr const char* name = "Int16Gate";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int tanh = 0;
  };
  struct Description {
    int elements = 0;
    int tanh = 0;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return is_flag(unpack<Attributes>(s.attributes).tanh) ? nullptr : "a gate is a sigmoid (0) or tanh (1)";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i16);
    o.weight(256, ElementType::i16);
    o.weight(2, ElementType::i32);
    o.result(ends.x.elements, ElementType::i16);
    return o;
  }
  static const char* constants_fault(const Step&, const StepEnds&, const void* const* weights) {
    return is_gate_scale(*static_cast<const kernels::Int16SigmoidNumbers*>(weights[1])) ? nullptr
                                                                                        : wrong_scale;
  }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    detail::say_gate_scale(*static_cast<const kernels::Int16SigmoidNumbers*>(weights[1]), numbers);
    detail::say_gate(static_cast<const std::uint16_t*>(weights[0]),
                     unpack<Attributes>(s.attributes).tanh ? 8 : 9, numbers);
  }
  static constexpr unsigned tables(const Step&) { return 1u << 0; }
  static constexpr const char* table_address(const Step&) { return detail::gate_address; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size(), unpack<Attributes>(s.attributes).tanh};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_gate(call.rows * d.elements, d.tanh, at[0],
                        *static_cast<const kernels::Int16SigmoidNumbers*>(p.pointer[2]),
                        static_cast<const std::uint16_t*>(p.pointer[1]), at[3]);
  }
};

/// Softmax over the last axis. Operands x i16 | scale i32[2], tables of exp and of 1 / (1 + x) i16[513]
/// (`kernels::Int16SoftmaxTables`) | y i16 of scale 2^-15.
struct Int16Softmax : OpDefaults {
  static constexpr const char* name = "Int16Softmax";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int groups = 1, width = 1;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    return s.in.last() <= kernels::most_softmax_width ? nullptr
                                                      : "a softmax of int16 takes at most 65,536 classes";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i16);
    o.weight(2, ElementType::i32);
    o.weight(kernels::int16_table_size, ElementType::i16);
    o.weight(kernels::int16_table_size, ElementType::i16);
    o.result(ends.x.elements, ElementType::i16);
    return o;
  }
  /// Differences of up to 65,535 must fit when they are raised. Exponentials are not negative, and that of 0
  /// is at least a half, so that sums are above 0.
  static const char* constants_fault(const Step&, const StepEnds&, const void* const* weights) {
    const auto& scale = *static_cast<const kernels::Int8Scale*>(weights[0]);
    if (!is_scale(scale) || scale.shift > 15) return wrong_scale;
    const auto* const exp = static_cast<const std::int16_t*>(weights[1]);
    for (int k = 0; k < kernels::int16_table_size; ++k)
      if (exp[k] < (k < kernels::int16_table_size - 2 ? 0 : 1 << 14))
        return "a softmax has a table that is not that of exponentials";
    return nullptr;
  }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto& scale = *static_cast<const kernels::Int8Scale*>(weights[0]);
    numbers.add("difference to the largest", -65535, 0);
    numbers.add_requantized(-65535, 0, scale);
    const std::int64_t farthest = kernels::requantize(-65535, scale.multiplier, scale.shift);
    numbers.add("place of an exponential", farthest + 32767, 32767);
    for (const int table : {1, 2})
      detail::say_lines(static_cast<const std::int16_t*>(weights[table]), numbers);
    numbers.add("sum of exponentials", 0, std::int64_t{s.in.last()} * 32767);
    numbers.add("product with the inverse, and half of its divisor", -(std::int64_t{1} << 31),
                std::int64_t{1} << 31, 64);
  }
  static constexpr unsigned tables(const Step&) { return 1u << 1 | 1u << 2; }
  static constexpr const char* table_address(const Step&) {
    return "tables of 513 numbers are read at a place and the next, where the place is an int16 without its "
           "last 7 bits, from 0 to 511";
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size() / s.in.last(), s.in.last()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_softmax(call.rows * d.groups, d.width, at[0],
                           *static_cast<const kernels::Int8Scale*>(p.pointer[1]), {at[2], at[3]}, at[4]);
  }
};

}  // namespace etch::ops
