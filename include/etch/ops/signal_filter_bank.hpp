// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/signal_filter_bank.hpp>

namespace etch::ops {

/// Sums of energies over triangular filters, TensorFlow Lite Micro's SignalFilterBank. Operands x i32 [n],
/// unsigned | weights i16 [w], unweights i16 [w], first energies, first weights and widths of the filters i16
/// [channels + 1] (`kernels::SignalFilters`) | y i32 [channels, 2], of 64 bits each.
struct SignalFilterBank : OpDefaults {
  static constexpr const char* name = "SignalFilterBank";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int channels = 1;
    int weights = 1;  ///< w
  };
  struct Description {
    int energies = 0, channels = 1;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    return volume({a.channels, 2}) == ends.y.elements && a.channels < most_elements && volume({a.weights}) > 0
               ? nullptr
               : "a filter bank has no weights, or other channels than its result";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements, ElementType::i32);
    for (int k = 0; k < 2; ++k) o.weight(a.weights, ElementType::i16);
    for (int k = 0; k < 3; ++k) o.weight(a.channels + 1, ElementType::i16);
    o.result(ends.y.elements, ElementType::i32);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds& ends, const void* const* weights) {
    const auto a = unpack<Attributes>(s.attributes);
    const kernels::SignalFilters f = filters(weights);
    for (int i = 0; i < a.weights; ++i)
      if (f.weight[i] < 0 || f.unweight[i] < 0) return "a filter bank has weights below 0";
    for (int c = 0; c <= a.channels; ++c)
      if (f.start[c] < 0 || f.weight_start[c] < 0 || f.width[c] < 0 ||
          f.start[c] + f.width[c] > ends.x.elements || f.weight_start[c] + f.width[c] > a.weights)
        return "a filter bank takes energies or weights that it does not have";
    return nullptr;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }
  static constexpr long long macs(const Step& s) { return 2LL * unpack<Attributes>(s.attributes).weights; }

  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const kernels::SignalFilters f = filters(weights);
    const std::int64_t most = UINT32_MAX;
    std::int64_t before = 0;  // what the channel before hands on
    for (int c = 0; c <= unpack<Attributes>(s.attributes).channels; ++c) {
      std::int64_t own = 0, next = 0;
      for (int i = f.weight_start[c]; i < f.weight_start[c] + f.width[c]; ++i) {
        own += f.weight[i];
        next += f.unweight[i];
      }
      numbers.add("sum of a channel", 0, (before + own) * most, 64);
      before = next;
    }
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size(), unpack<Attributes>(s.attributes).channels};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const kernels::SignalFilters f = filters(p.pointer + 1);
    for (int r = 0; r < call.rows; ++r)
      kernels::signal_filter_bank(d.channels,
                                  static_cast<const std::uint32_t*>(p.pointer[0]) + r * d.energies, f,
                                  static_cast<kernels::TwoWords*>(p.pointer[6]) + r * d.channels);
  }

 private:
  static kernels::SignalFilters filters(const void* const* weights) {
    const auto at = [&](int k) { return static_cast<const std::int16_t*>(weights[k]); };
    return {at(0), at(1), at(2), at(3), at(4)};
  }
};

/// Roots of sums of 64 bits, TensorFlow Lite Micro's SignalFilterBankSquareRoot. Operands x i32 [n, 2], the
/// exponent of the samples' scale i32[1] | y i32 [n], unsigned.
struct SignalFilterBankSquareRoot : OpDefaults {
  static constexpr const char* name = "SignalFilterBankSquareRoot";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
  };

  static constexpr const char* fault(const Step&, const StepEnds& ends) {
    return ends.x.elements == 2 * ends.y.elements ? nullptr : "a root is of two words for each of its result";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i32);
    o.input(1, ElementType::i32);
    o.result(ends.y.elements, ElementType::i32);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }

  /// Roots are found bit by bit, by numbers that are not larger than what they are of.
  static void computed(const Step&, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    numbers.add("root", 0, UINT32_MAX, unsigned_word);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    for (int r = 0; r < call.rows; ++r)
      kernels::signal_square_root(d.elements,
                                  static_cast<const kernels::TwoWords*>(p.pointer[0]) + r * d.elements,
                                  static_cast<const std::int32_t*>(p.pointer[1])[r],
                                  static_cast<std::uint32_t*>(p.pointer[2]) + r * d.elements);
  }
};

/// Logarithms, TensorFlow Lite Micro's SignalFilterBankLog. Operands x i32 [n], unsigned | table i16[129]
/// (`kernels::signal_log`) | y i16 [n].
struct SignalFilterBankLog : OpDefaults {
  static constexpr const char* name = "SignalFilterBankLog";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int output_scale = 1;
    int input_bits = 0;  ///< by which the input is shifted to the left
  };
  struct Description {
    int elements = 0;
    Attributes log;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const int bits = unpack<Attributes>(s.attributes).input_bits;
    return bits >= 0 && bits <= 31 ? nullptr : "a logarithm is of a number shifted by 0 to 31 bits";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i32);
    o.weight(kernels::log_table_size, ElementType::i16);
    o.result(ends.x.elements, ElementType::i16);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  /// What is shifted is defined modulo 2^32.
  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto* const table = static_cast<const std::int16_t*>(weights[0]);
    std::int64_t low = 0, high = 0;
    for (int place = 0; place + 1 < kernels::log_table_size; ++place) {
      const std::int64_t from = table[place], rise = table[place + 1] - from;
      numbers.add("rise behind a place of the table", rise < 0 ? 511 * rise : 0, rise > 0 ? 511 * rise : 0);
      const std::int64_t most = rise < 0 ? -rise : rise;
      low = from - most < low ? from - most : low;
      high = from + most > high ? from + most : high;
    }
    const std::int64_t least = low, largest = (std::int64_t{32} << 16) + high;
    numbers.add("logarithm to the base 2", least, largest, unsigned_word);
    const std::int64_t natural = largest * 45426 / 65536 + 1,
                       scale = static_cast<std::uint32_t>(unpack<Attributes>(s.attributes).output_scale);
    numbers.add("logarithm by the scale of the result", 0, scale * natural + 32768, unsigned_word);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size(), unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::signal_log(call.rows * d.elements, static_cast<std::uint32_t>(d.log.output_scale),
                        d.log.input_bits, static_cast<const std::uint32_t*>(p.pointer[0]),
                        static_cast<const std::int16_t*>(p.pointer[1]),
                        static_cast<std::int16_t*>(p.pointer[2]));
  }
};

}  // namespace etch::ops
