// SPDX-License-Identifier: BSL-1.0
// MFCC against TensorFlow's definitions, written down in double from their formulas: sums over every angle,
// no fast transform and no table.
#include <algorithm>
#include <cmath>
#include <etch/layers/layers.hpp>
#include <numbers>
#include <random>

#include "layer_values.hpp"

namespace {

using namespace etch;

constexpr double pi = std::numbers::pi;

double mel(double hertz) { return 1127 * std::log(1 + hertz / 700); }

/// tf.signal.hann_window, periodic: an odd length is as a symmetric window.
double hann(int i, int length) {
  const int n = length + (length % 2 == 0 ? 1 : 0) - 1;
  return n == 0 ? 1 : 0.5 - 0.5 * std::cos(2 * pi * i / n);
}

/// tf.signal.linear_to_mel_weight_matrix: triangles over mel, nothing of the frequency 0.
double triangle(const MFCC& d, int bin, int bins, int m) {
  if (bin == 0) return 0;
  const auto edge = [&](int k) {
    const double first = mel(static_cast<double>(d.lower_edge_hertz)),
                 last = mel(static_cast<double>(d.upper_edge_hertz));
    return first + (last - first) * k / (d.mel_bins + 1);
  };
  const double at = mel(static_cast<double>(d.sample_rate) / 2 * bin / (bins - 1));
  return std::max(0.0, std::min((at - edge(m)) / (edge(m + 1) - edge(m)),
                                (edge(m + 2) - at) / (edge(m + 2) - edge(m + 1))));
}

std::vector<double> frame_of(const MFCC& d, int fft_length, const float* x) {
  const int bins = fft_length / 2 + 1;
  std::vector<double> log_mel(static_cast<std::size_t>(d.mel_bins)), y;
  for (int k = 0; k < bins; ++k) {
    double re = 0, im = 0;
    for (int i = 0; i < d.frame_length; ++i) {
      const double sample = static_cast<double>(x[i]) * hann(i, d.frame_length);
      re += sample * std::cos(2 * pi * k * i / fft_length);
      im -= sample * std::sin(2 * pi * k * i / fft_length);
    }
    for (int m = 0; m < d.mel_bins; ++m)
      log_mel[static_cast<std::size_t>(m)] += std::hypot(re, im) * triangle(d, k, bins, m);
  }
  for (double& v : log_mel) v = std::log(v + static_cast<double>(d.log_offset));
  for (int c = 0; c < d.coefficients; ++c) {  // mfccs_from_log_mel_spectrograms: DCT-II, scaled
    double sum = 0;
    for (int m = 0; m < d.mel_bins; ++m)
      sum += 2 * log_mel[static_cast<std::size_t>(m)] * std::cos(pi * c * (2 * m + 1) / (2 * d.mel_bins));
    y.push_back(sum / std::sqrt(2.0 * d.mel_bins));
  }
  return y;
}

void check_mfcc(const MFCC& layer, int samples, int fft_length, double tolerance) {
  std::mt19937 random(3);
  std::vector<float> x(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto t = static_cast<float>(i);
    x[i] = 0.4f * std::sin(0.05f * t) + 0.2f * std::sin(0.31f * t + 1) +
           0.05f * (static_cast<float>(random() % 2001) / 1000 - 1);
  }
  LayerValues net([&](Builder& g) { return MFCC(layer)(g.input({samples})); });
  const auto y = net({x});
  const int frames = 1 + (samples - layer.frame_length) / layer.frame_step;
  CHECK(net.shape == Shape{frames, layer.coefficients});
  std::vector<double> expected;
  for (int f = 0; f < frames; ++f) {
    const auto frame = frame_of(layer, fft_length, x.data() + f * layer.frame_step);
    expected.insert(expected.end(), frame.begin(), frame.end());
  }
  check_close(y, expected, tolerance);
}

TEST_CASE("MFCC is what MLPerf Tiny prepares keyword spotting by", "[mfcc]") {
  check_mfcc({}, 480 + 320 * 4 + 7, 512, 2e-5);
}

TEST_CASE("MFCC takes frames, ranges and coefficients of other sizes", "[mfcc]") {
  check_mfcc({.frame_length = 25,
              .frame_step = 10,
              .mel_bins = 5,
              .coefficients = 5,
              .sample_rate = 1000,
              .lower_edge_hertz = 0,
              .upper_edge_hertz = 500},
             70, 32, 2e-5);
  check_mfcc({.frame_length = 64,
              .frame_step = 64,
              .fft_length = 256,
              .mel_bins = 20,
              .coefficients = 13,
              .sample_rate = 8000,
              .lower_edge_hertz = 125,
              .upper_edge_hertz = 3800,
              .log_offset = 1e-3f},
             64, 256, 2e-5);
  check_mfcc({.frame_length = 3,
              .frame_step = 1,
              .mel_bins = 1,
              .coefficients = 1,
              .sample_rate = 100,
              .lower_edge_hertz = 1,
              .upper_edge_hertz = 49},
             6, 4, 2e-5);
}

TEST_CASE("MFCC of silence is the cosines of one number", "[mfcc]") {
  LayerValues net([](Builder& g) { return MFCC{}(g.input({480, 1})); });
  const auto y = net({std::vector<float>(480)});
  CHECK(y[0] == Approx(std::log(1e-6) * std::sqrt(80.0)));
  for (std::size_t c = 1; c < y.size(); ++c) CHECK(std::abs(y[c]) < 1e-4f);
}

std::string mistake_of(const MFCC& layer, const Shape& shape) {
  Builder g(false);
  trace_at_run_time(functional([&](Builder& b) { return MFCC(layer)(b.input(shape)); }), g);
  return g.graph.fault ? g.graph.fault.sentence : "";
}

TEST_CASE("an MFCC that cannot be is refused in a sentence", "[mfcc]") {
  CHECK(mistake_of({}, {480}).empty());
  CHECK(mistake_of({}, {479}) == "MFCC needs a signal of at least one frame");
  CHECK(mistake_of({}, {480, 2}) == "MFCC needs a signal [samples], or [samples, 1]");
  CHECK(mistake_of({.coefficients = 41}, {480}) ==
        "MFCC needs at least one coefficient, and no more than mel_bins");
  CHECK(mistake_of({.frame_step = 0}, {480}) == "MFCC needs frames and steps of at least one sample");
  CHECK(mistake_of({.fft_length = 500}, {480}) ==
        "an MFCC has a transform of 4 to 65,536 samples, a power of two, and frames that fit it");
  CHECK(mistake_of({.upper_edge_hertz = 8001}, {480}) ==
        "an MFCC has a range of frequencies that its sample rate does not have");
  CHECK(mistake_of({.frame_length = 70000}, {70000}) ==
        "an MFCC has a transform of 4 to 65,536 samples, a power of two, and frames that fit it");
}

}  // namespace
