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
  static constexpr const char* table_address(const Step&) {
    return "a table of 513 numbers is read at a place and the next, where the place is an int16 without its "
           "last 7 bits, from 0 to 511";
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
