// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/int16_functions.hpp>
#include <runtime/kernels/portable/int8_lstm.hpp>

namespace etch::ops {

/// Quantized long short-term memory over a sequence, or the next part of one: it goes on from its states.
/// Operands x i8 [time, features], hidden state i8 [units], cell state i16 [units] | kernel i8
/// [4 units][row], recurrent kernel i8 [4 units][row], bias i32[4 units], recurrent bias i32[4 units],
/// numbers (`kernels::Int8LstmNumbers`), sigmoid i16[256] | y i8 [time, units], both states again, scratch.
struct Int8Lstm : OpDefaults {
  static constexpr const char* name = "Int8Lstm";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    kernels::Int8Lstm lstm;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    if (s.in.rank != 2 || s.out.rank != 2 || s.in[0] != s.out[0])
      return "a quantized LSTM takes [time, features] and gives [time, units]";
    return volume({4, s.out[1]}) > 0 ? nullptr : "a quantized LSTM has more units than there is room for";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const kernels::Int8Lstm l = lstm(s);
    StepOperands o;
    o.input(ends.x.elements, ElementType::i8);
    o.input(l.units, ElementType::i8);
    o.input(l.units, ElementType::i16);
    o.weight(volume({4, l.units, l.row_in}), ElementType::i8);
    o.weight(volume({4, l.units, l.row_units}), ElementType::i8);
    o.weight(volume({4, l.units}), ElementType::i32);
    o.weight(volume({4, l.units}), ElementType::i32);
    o.weight(sizeof(kernels::Int8LstmNumbers) / 4, ElementType::i32);
    o.weight(256, ElementType::i16);
    o.result(ends.y.elements, ElementType::i8);
    o.result_over(1);
    o.result_over(2);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const kernels::Int8Lstm l = lstm(s);
    const auto bytes = [&](int k) { return static_cast<const std::int8_t*>(weights[k]); };
    const auto words = [&](int k) { return static_cast<const std::int32_t*>(weights[k]); };
    if (const char* fault = rows_fault(bytes(0), 4 * l.units, l.in, words(2))) return fault;
    if (const char* fault = rows_fault(bytes(1), 4 * l.units, l.units, words(3))) return fault;
    const auto& n = *static_cast<const kernels::Int8LstmNumbers*>(weights[4]);
    for (const kernels::Int8Scale& scale :
         {n.input[0], n.input[1], n.input[2], n.input[3], n.recurrent[0], n.recurrent[1], n.recurrent[2],
          n.recurrent[3], n.keep, n.add, n.output})
      if (!is_scale(scale)) return wrong_scale;
    if (!is_of_type(n.output_zero_point, ElementType::i8)) return wrong_zero_point;
    return is_gate_scale({n.tanh_multiplier, n.tanh_shift}) ? nullptr : wrong_scale;
  }

  static constexpr kernels::Int8Lstm lstm(const Step& s) {
    return {s.in[1], s.out[1], s.in[0], kernels::int8_row_bytes(s.in[1]), kernels::int8_row_bytes(s.out[1])};
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr Value scratch(const Step& s) {
    return {kernels::int8_lstm_scratch(lstm(s)), Role::temporary, false, ElementType::i16};
  }
  static constexpr long long macs(const Step& s) {
    const kernels::Int8Lstm d = lstm(s);
    return 4LL * d.steps * d.units * (d.in + d.units);
  }

  /// Of the input all times are looked at; what came before may be any number.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges> x,
                       ComputedNumbers& numbers) {
    const kernels::Int8Lstm l = lstm(s);
    const auto bytes = [&](int k) { return static_cast<const std::int8_t*>(weights[k]); };
    const auto words = [&](int k) { return static_cast<const std::int32_t*>(weights[k]); };
    const auto& n = *static_cast<const kernels::Int8LstmNumbers*>(weights[4]);
    for (int k = 0; k < 4 * l.units; ++k) {
      for (int t = 0; t < l.steps; ++t) {
        PartialSums sum(words(2)[k]);
        for (int i = 0; i < l.in; ++i)
          sum.add(bytes(0)[k * l.row_in + i], x[0][static_cast<unsigned>(t * l.in + i)]);
        sum.say(numbers, n.input[k / l.units]);
      }
      PartialSums past(words(3)[k]);
      for (int j = 0; j < l.units; ++j) past.add(bytes(1)[k * l.row_units + j], Int8Range{});
      past.say(numbers, n.recurrent[k / l.units]);
    }
    numbers.add("sum for a gate, three times", 3 * -65536, 3 * 65534);
    for (const int bits : {8, 9})
      detail::say_gate(static_cast<const std::uint16_t*>(weights[5]), bits, numbers);
    constexpr std::int64_t most = std::int64_t{1} << 30;
    numbers.add("product with a gate", 32768 - most, most);
    for (const kernels::Int8Scale& scale : {n.keep, n.add, n.output})
      numbers.add_requantized(32768 - most, most, scale);
    detail::say_gate_scale({n.tanh_multiplier, n.tanh_shift}, numbers);
  }
  static constexpr unsigned tables(const Step&) { return 1u << 5; }
  static constexpr const char* table_address(const Step&) { return detail::gate_address; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {lstm(s)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int i) { return static_cast<std::int8_t*>(p.pointer[i]); };
    const auto words = [&](int i) { return static_cast<const std::int32_t*>(p.pointer[i]); };
    const auto shorts = [&](int i) { return static_cast<std::int16_t*>(p.pointer[i]); };
    const kernels::Int8LstmWeights weights{at(3), at(4), words(5), words(6),
                                           static_cast<const std::uint16_t*>(p.pointer[8])};
    const kernels::Int8Lstm& l = d.lstm;
    for (int r = 0; r < call.rows; ++r)
      kernels::int8_lstm(
          l, at(0) + r * l.steps * l.in, weights, *static_cast<const kernels::Int8LstmNumbers*>(p.pointer[7]),
          {at(1) + r * l.units, shorts(2) + r * l.units}, at(9) + r * l.steps * l.units, shorts(12));
  }
};

}  // namespace etch::ops
