// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/signal_frame.hpp>

namespace etch::ops {

/// A window over frames of int16 samples, TensorFlow Lite Micro's SignalWindow. Operands x i16 [frames,
/// length] | window i16 [length] | y i16.
struct SignalWindow : OpDefaults {
  static constexpr const char* name = "SignalWindow";
  static constexpr bool whole_numbers = true;
  struct Attributes {
    int length = 1;
    int shift = 0;  ///< bits after the point of the window
  };
  struct Description {
    int frames = 1;
    Attributes window;
  };

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.shift < 0 || a.shift > 31) return "a window of samples is shifted by 0 to 31 bits";
    return a.length >= 1 && ends.x.elements % a.length == 0
               ? nullptr
               : "a window of samples has another length than its frames";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements, ElementType::i16);
    o.weight(unpack<Attributes>(s.attributes).length, ElementType::i16);
    o.result(ends.x.elements, ElementType::i16);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int) { return 0; }
  static constexpr long long macs(const Step& s) { return s.in.size(); }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value&) { return 0; }

  static void computed(const Step& s, const void* const* weights, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    const auto* const window = static_cast<const std::int16_t*>(weights[0]);
    for (int i = 0; i < unpack<Attributes>(s.attributes).length; ++i) {
      const std::int64_t size = window[i] < 0 ? -std::int64_t{window[i]} : window[i];
      numbers.add("sample by its part of the window", -32768 * size, 32768 * size);
    }
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.in.size() / a.length, a};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::signal_window(call.rows * d.frames, d.window.length, d.window.shift, at[0], at[1], at[2]);
  }
};

/// Scales a frame up to the room that int16 has, TensorFlow Lite Micro's SignalFftAutoScale. Operands x i16 |
/// y i16, the exponent i32[1].
struct SignalFftAutoScale : OpDefaults {
  static constexpr const char* name = "SignalFftAutoScale";
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
    o.input(ends.x.elements, ElementType::i16);
    o.result(ends.x.elements, ElementType::i16);
    o.result(1, ElementType::i32);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr int overwrites(const Step&, int output) { return output == 0 ? 0 : -1; }

  /// What leaves int16 then is defined modulo 2^16.
  static void computed(const Step&, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    numbers.add("sample raised by 14 bits at most", -(std::int64_t{1} << 29), std::int64_t{1} << 29);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    auto* const bits = static_cast<std::int32_t*>(p.pointer[2]);
    for (int r = 0; r < call.rows; ++r)
      bits[r] = kernels::signal_auto_scale(d.elements, at[0] + r * d.elements, at[1] + r * d.elements);
  }
};

}  // namespace etch::ops
