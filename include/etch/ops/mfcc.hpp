// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/mfcc.hpp>

namespace etch::ops {

/// Mel-frequency cepstral coefficients: x [samples] | y [frames, coefficients]. No gradient goes through it.
struct Mfcc : OpDefaults {
  static constexpr const char* name = "Mfcc";
  using Attributes = kernels::Mfcc;
  struct Description {
    kernels::Mfcc mfcc;
    int samples = 1, frames = 1;
  };
  static constexpr int most_length = 1 << 16, most_bins = 4096;

  /// How many frames lie in a signal.
  static constexpr std::int64_t frames(const kernels::Mfcc& a, std::int64_t samples) {
    return samples < a.frame_length ? 0 : 1 + (samples - a.frame_length) / a.frame_step;
  }

  static constexpr const char* fault(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    if (a.fft_length < 4 || a.fft_length > most_length || (a.fft_length & (a.fft_length - 1)) != 0 ||
        a.frame_length < 1 || a.frame_length > a.fft_length || a.frame_step < 1)
      return "an MFCC has a transform of 4 to 65,536 samples, a power of two, and frames that fit it";
    if (a.mel_bins < 1 || a.mel_bins > most_bins || a.coefficients < 1 || a.coefficients > a.mel_bins)
      return "an MFCC has 1 to 4,096 bins, and no more coefficients than bins";
    const bool rate = a.sample_rate >= 1 && a.sample_rate <= 1e6f;
    if (!rate || !(a.lower >= 0) || !(a.upper >= a.lower + 1) || !(a.upper <= a.sample_rate / 2))
      return "an MFCC has a range of frequencies that its sample rate does not have";
    if (!(a.log_offset >= 0 && a.log_offset <= 1e6f)) return "an MFCC has an offset below 0";
    return volume({frames(a, ends.x.elements), a.coefficients}) == ends.y.elements
               ? nullptr
               : "an MFCC has other frames or coefficients than its result";
  }
  static constexpr StepOperands operands(const Step&, const StepEnds& ends) {
    StepOperands o;
    o.input(ends.x.elements);
    o.result(ends.y.elements);
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.stops = true}; }
  static constexpr Value scratch(const Step& s) {
    if (s.phase == Phase::backward) return {};
    return {kernels::mfcc_layout(unpack<Attributes>(s.attributes)).end, Role::temporary, false};
  }
  /// Four products for each pair of the transform and each frequency, beside window and cosines.
  static constexpr long long macs(const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    long long stages = 0;
    for (int n = a.fft_length / 2; n > 1; n /= 2) ++stages;
    return frames(a, s.in.size()) *
           (a.frame_length + (stages + 4) * a.fft_length + a.mel_bins * a.coefficients);
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {a, s.in.size(), static_cast<int>(frames(a, s.in.size()))};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::mfcc<T>(d.mfcc, call.rows, d.samples, d.frames, p[0], p[1], p[2]);
  }
};

}  // namespace etch::ops
