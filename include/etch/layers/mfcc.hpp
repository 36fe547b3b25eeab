// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>

namespace etch {

/// Mel-frequency cepstral coefficients of a signal [samples], or [samples, 1]: a result [frames,
/// coefficients]. Frames begin `frame_step` samples apart, and only whole ones count. The steps are those of
/// `tf.signal`: `stft` (a Hann window), sizes, `linear_to_mel_weight_matrix`, log(x + log_offset),
/// `mfccs_from_log_mel_spectrograms`, of which the first `coefficients` are taken. The defaults are those by
/// which MLPerf Tiny prepares keyword spotting: 30 ms every 20 ms of 16 kHz.
/// No gradient goes through it, and it needs no data to be made.
struct MFCC {
  int frame_length = 480, frame_step = 320;
  int fft_length = 0;  ///< 0: the next power of two that holds a frame
  int mel_bins = 40, coefficients = 10;
  float sample_rate = 16000;
  float lower_edge_hertz = 20, upper_edge_hertz = 4000;
  float log_offset = 1e-6f;
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    const int line = state.line;
    g.check(x.shape.rank == 1 || (x.shape.rank == 2 && x.shape[1] == 1),
            "MFCC needs a signal [samples], or [samples, 1]", x.shape.rank, 1, line);
    g.check(frame_length >= 1 && frame_step >= 1, "MFCC needs frames and steps of at least one sample",
            frame_length < frame_step ? frame_length : frame_step, 1, line);
    g.check(x.shape.size() >= frame_length, "MFCC needs a signal of at least one frame", x.shape.size(),
            frame_length, line);
    g.check(coefficients >= 1 && coefficients <= mel_bins,
            "MFCC needs at least one coefficient, and no more than mel_bins", coefficients, mel_bins, line);
    if (g.graph.fault) return detail::stopped(x);
    kernels::Mfcc a{frame_length, frame_step,       fft_length,       mel_bins,  coefficients,
                    sample_rate,  lower_edge_hertz, upper_edge_hertz, log_offset};
    for (int n = 4; a.fft_length == 0; n *= 2)
      if (n >= frame_length || n == ops::Mfcc::most_length) a.fft_length = n;
    const Shape out{static_cast<int>(ops::Mfcc::frames(a, x.shape.size())), coefficients};
    LayerState none{line};
    const Tensor y = g.apply(op_rule<ops::Mfcc>, none, pack(a), out, {&x, 1});
    return detail::noted(x, y, "MFCC", "mfcc", name, state);
  }
};

}  // namespace etch
