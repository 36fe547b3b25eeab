// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int8_table.hpp>

namespace etch::ops {

/// Any function of one int8: activations, clamps and changes of quantization. Operands x i8 | table i8[256],
/// from the value of x = 0 to 127, then of -128 to -1 | y i8.
struct Int8Table : MovingOpDefaults {
  static constexpr const char* name = "Int8Table";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
  };

  static constexpr const char* fault(const Step&, const StepEnds&) { return nullptr; }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i8);
    o.weight(256, ElementType::i8);
    o.result(ends.x.elements, ElementType::i8);
    return o;
  }
  static constexpr int overwrites(const Step&, int) { return 0; }

  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }
  static void ranges(const Step&, const void* const* weights, std::span<const Int8Ranges> x,
                     std::span<Int8Range> y) {
    const auto* const table = static_cast<const std::int8_t*>(weights[0]);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (i > 0 && x[0][i] == x[0][i - 1]) {
        y[i] = y[i - 1];
        continue;
      }
      y[i] = Int8Range::nothing();
      for (int number = x[0][i].low; number <= x[0][i].high; ++number)
        y[i].hold(table[static_cast<std::uint8_t>(number)]);
    }
  }
  static constexpr unsigned tables(const Step&) { return 1u << 0; }
  static constexpr const char* table_address(const Step&) {
    return "a table of 256 numbers is read at a byte, which is always one of its places";
  }
  static constexpr Channels channels(const Step& s) {
    return s.in.last() == s.out.last() ? Channels::apart : Channels::together;
  }
  static constexpr bool select(Step&, const SelectedChannels&, std::span<WeightBlock>) { return true; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int i) { return static_cast<std::int8_t*>(p.pointer[i]); };
    kernels::int8_table(call.rows * d.elements, at(0), at(1), at(2));
  }
};

}  // namespace etch::ops
