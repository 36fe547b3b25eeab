// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/signal_noise.hpp>

namespace etch::ops {

/// Takes a running estimate of the noise away, TensorFlow Lite Micro's SignalFilterBankSpectralSubtraction.
/// Operands x i32 [channels], unsigned, the estimate, a state i32 [channels] | y i32 [channels], the estimate
/// as it is now i32 [channels], the state again.
struct SignalFilterBankSpectralSubtraction : OpDefaults {
  static constexpr const char* name = "SignalFilterBankSpectralSubtraction";
  static constexpr bool whole_numbers = true;
  using Attributes = kernels::SignalSubtraction;
  struct Description {
    int channels = 1;
    kernels::SignalSubtraction subtraction;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    const auto is_shift = [](int bits) { return bits >= 0 && bits <= 31; };
    return is_flag(a.clamping) && is_shift(a.smoothing_bits) && is_shift(a.subtraction_bits)
               ? nullptr
               : "a subtraction of noise shifts by 0 to 31 bits, and clamps (1) or does not (0)";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    for (int k = 0; k < 2; ++k) o.input(ends.x.elements, ElementType::i32);
    for (int k = 0; k < 2; ++k) o.result(ends.x.elements, ElementType::i32);
    o.result_over(1);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr long long macs(const Step& s) { return 3LL * s.in.size(); }

  /// A signal that is too large for its finer steps loses its upper bits.
  static void computed(const Step& s, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto a = unpack<Attributes>(s.attributes);
    constexpr std::int64_t most = UINT32_MAX;
    const std::int64_t raise = std::int64_t{1} << a.smoothing_bits;
    numbers.add("signal in finer steps", 0, most * raise, unsigned_word);
    for (const auto& [part, rest] : {std::pair{a.smoothing, a.one_minus_smoothing},
                                     std::pair{a.alternate_smoothing, a.alternate_one_minus_smoothing}}) {
      const std::int64_t both = std::int64_t{part} + rest;
      if (both <= INT32_MAX)
        numbers.add("estimate of the noise before it is shifted", 0, most * both, 64);
      else
        numbers.add("factors of an estimate together", 0, both);
    }
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size(), unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    for (int r = 0; r < call.rows; ++r) {
      const auto at = [&](int k) { return static_cast<std::uint32_t*>(p.pointer[k]) + r * d.channels; };
      kernels::signal_subtraction(d.subtraction, d.channels, at(0), at(1), at(2), at(3));
    }
  }
};

/// A gain by the noise of each channel, TensorFlow Lite Micro's SignalPCAN. Operands x i32 [channels], noise
/// i32 [channels], both unsigned | gains i16[125] (`kernels::signal_pcan`) | y i32 [channels].
struct SignalPcan : OpDefaults {
  static constexpr const char* name = "SignalPcan";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int shift = 0;  ///< of signals times gains, to 1/4096
  };
  struct Description {
    int channels = 1;
    Attributes pcan;
  };

  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const int shift = unpack<Attributes>(s.attributes).shift;
    return shift >= 0 && shift <= 63 ? nullptr : "a gain is shifted by 0 to 63 bits";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    for (int k = 0; k < 2; ++k) o.input(ends.x.elements, ElementType::i32);
    o.weight(kernels::gain_table_size, ElementType::i16);
    o.result(ends.x.elements, ElementType::i32);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  static void computed(const Step&, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto* const table = static_cast<const std::int16_t*>(weights[0]);
    for (int bits = 2; bits <= 32; ++bits) {
      const std::int16_t* const at = table + 4 * bits - 6;
      const std::int64_t bend = (at[2] < 0 ? -std::int64_t{at[2]} : at[2]) * 1023;
      numbers.add("bend of a gain", -bend, bend);
      const std::int64_t slope = bend / 32 + 1 + 32 * (at[1] < 0 ? -std::int64_t{at[1]} : at[1]);
      numbers.add("slope of a gain", -slope, slope);
      numbers.add("rise of a gain", -slope * 1023, slope * 1023 + (1 << 14));
    }
    numbers.add("square of a ratio below 2", 0, std::int64_t{8191} * 8191, unsigned_word);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size(), unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const auto at = [&](int k) { return static_cast<std::uint32_t*>(p.pointer[k]); };
    kernels::signal_pcan(call.rows * d.channels, d.pcan.shift, at(0), at(1),
                         static_cast<const std::int16_t*>(p.pointer[2]), at(3));
  }
};

}  // namespace etch::ops
