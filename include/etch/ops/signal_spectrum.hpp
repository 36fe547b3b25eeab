// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/signal_spectrum.hpp>

namespace etch::ops {

/// The spectrum of frames of int16 samples, TensorFlow Lite Micro's SignalRfft. Operands x i16 [frames,
/// given] | twiddles i16 [n, 2] (`kernels::SignalRfft::twiddles`) | y i16 [frames, length / 2 + 1, 2].
struct SignalRfft : OpDefaults {
  static constexpr const char* name = "SignalRfft";
  static constexpr bool whole_numbers = true;
  using Attributes = kernels::SignalRfft;
  struct Description {
    int frames = 1;
    kernels::SignalRfft rfft;
  };
  static constexpr int most_length = 1 << 16;

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.length < 4 || a.length > most_length || (a.length & (a.length - 1)) != 0)
      return "a transform is of 4 to 65,536 samples, a power of two";
    if (a.given < 1 || a.given > a.length || ends.x.elements % a.given != 0)
      return "a transform takes other frames than its input has, or longer ones than its length";
    return volume({ends.x.elements / a.given, a.length + 2}) > 0 ? nullptr
                                                                 : "a transform has too many frames";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements, ElementType::i16);
    o.weight(2 * a.twiddles(), ElementType::i16);
    o.result(volume({ends.x.elements / a.given, a.length + 2}), ElementType::i16);
    return o;
  }
  static const char* constants_fault(const Step& s, const StepEnds&, const void* const* weights) {
    const auto* const twiddle = static_cast<const std::int16_t*>(weights[0]);
    for (int i = 0; i < 2 * unpack<Attributes>(s.attributes).twiddles(); ++i)
      if (twiddle[i] == -32768) return "a transform has angles whose products may overflow";
    return nullptr;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }
  /// Four real products for each complex one: three of four samples a stage, and what takes halves apart.
  static constexpr long long macs(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    long long products = a.pairs() / 2;
    for (int m = 1; m < a.pairs(); m *= 4) products += a.pairs() / 4 * 3;
    return 4 * products * (s.in.size() / a.given);
  }

  /// Of any angles that `constants_fault` takes; sums of rounded numbers are defined modulo 2^16.
  static void computed(const Step&, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    constexpr std::int64_t most = 2LL * 32768 * 32767, half = 1 << 14;
    numbers.add("two products with parts of an angle", -most + half, most + half);
    numbers.add("part that is divided by 2 or 4", -32768LL * 16383 + half, 32768LL * 16383 + half);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.in.size() / a.given, a};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    const Operands<kernels::Complex16> complex{p.pointer};
    for (int r = 0; r < call.rows * d.frames; ++r)
      kernels::signal_rfft(d.rfft, at[0] + r * d.rfft.given, complex[1],
                           complex[2] + r * (d.rfft.pairs() + 1));
  }
};

/// Energies of a spectrum, TensorFlow Lite Micro's SignalEnergy. Operands x i16 [n, 2] | y i32 [n], which are
/// unsigned.
struct SignalEnergy : OpDefaults {
  static constexpr const char* name = "SignalEnergy";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int first = 0, last = 0;  ///< those that are computed; others are 0
  };
  struct Description {
    int elements = 0;
    Attributes range;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (ends.x.elements != 2 * ends.y.elements) return "energies are of as many complex numbers";
    return a.first >= 0 && a.first <= a.last && a.last <= ends.y.elements
               ? nullptr
               : "energies are of a range that the spectrum does not have";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i16);
    o.result(ends.y.elements, ElementType::i32);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr long long macs(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return 2LL * (a.last - a.first);
  }

  static void computed(const Step&, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    numbers.add("square of a part", 0, std::int64_t{1} << 30);
    numbers.add("energy", 0, std::int64_t{1} << 31, unsigned_word);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size(), unpack<Attributes>(s.attributes)};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    for (int r = 0; r < call.rows; ++r)
      kernels::signal_energy(d.elements, d.range.first, d.range.last,
                             static_cast<const kernels::Complex16*>(p.pointer[0]) + r * d.elements,
                             static_cast<std::uint32_t*>(p.pointer[1]) + r * d.elements);
  }
};

}  // namespace etch::ops
