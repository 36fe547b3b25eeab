// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// Mel-frequency cepstral coefficients of a signal, frame by frame, as TensorFlow's `tf.signal` has them: a
/// Hann window, sizes of the spectrum, triangles on the mel scale of HTK, 1127 ln(1 + f / 700), the logarithm
/// of their sums, and a cosine transform (DCT-II) of it.
struct Mfcc {
  int frame_length = 1, frame_step = 1;
  int fft_length = 4;  ///< a power of two, at least 4
  int mel_bins = 1, coefficients = 1;
  float sample_rate = 2;
  float lower = 0, upper = 1;  ///< Hz, where the first triangle begins and the last ends
  float log_offset = 0;
  constexpr bool operator==(const Mfcc&) const = default;
  constexpr int spectrum() const { return fft_length / 2 + 1; }
};

/// What a call scribbles on: tables that all frames share, then what one frame needs.
struct MfccLayout {
  int cosines, window, places, dct, frame, mel, end;
};
constexpr MfccLayout mfcc_layout(const Mfcc& d) {
  MfccLayout at{};
  at.window = at.cosines + d.fft_length;
  at.places = at.window + d.frame_length;
  at.dct = at.places + d.spectrum();
  at.frame = at.dct + 4 * d.mel_bins;
  at.mel = at.frame + d.fft_length;
  at.end = at.mel + d.mel_bins;
  return at;
}

namespace detail {

template <class T>
T mel_of(T hertz) {
  return separately(T(1127) * math::log(T(1) + hertz / T(700)));
}

/// Cosines of a circle in parts, for transform and DCT; the window; and where each frequency lies among the
/// edges of the triangles, counted from the first.
template <class T>
void fill_mfcc_tables(const Mfcc& d, T* scratch) {
  const MfccLayout at = mfcc_layout(d);
  for (int i = 0; i < d.fft_length; ++i) scratch[at.cosines + i] = math::cos_two_pi(T(i) / T(d.fft_length));
  for (int i = 0; i < 4 * d.mel_bins; ++i) scratch[at.dct + i] = math::cos_two_pi(T(i) / T(4 * d.mel_bins));
  const int period = d.frame_length - d.frame_length % 2;  // windows of odd lengths are symmetric
  for (int i = 0; i < d.frame_length; ++i)
    scratch[at.window + i] =
        period == 0 ? T(1) : multiply_subtract(T(0.5), math::cos_two_pi(T(i) / T(period)), T(0.5));
  const T first = mel_of(T(d.lower)), step = (mel_of(T(d.upper)) - first) / T(d.mel_bins + 1);
  for (int i = 0; i < d.spectrum(); ++i)
    scratch[at.places + i] = (mel_of(T(d.sample_rate) / T(2) * T(i) / T(d.spectrum() - 1)) - first) / step;
}

/// A complex transform of n numbers in place, n a power of two. \param cosines of a circle in 2n parts.
template <class T>
void transform(int n, const T* cosines, T* z) {
  for (int i = 0, j = 0; i < n; ++i) {
    if (i < j)
      for (int k = 0; k < 2; ++k) {
        const T held = z[2 * i + k];
        z[2 * i + k] = z[2 * j + k];
        z[2 * j + k] = held;
      }
    int bit = n / 2;
    for (; bit > 0 && (j & bit) != 0; bit /= 2) j -= bit;
    j += bit;
  }
  for (int half = 1; half < n; half *= 2)
    for (int k = 0; k < half; ++k) {
      const int angle = k * (n / half), quarter = n / 2;
      const T re = cosines[angle], im = -cosines[(angle + 3 * quarter) % (2 * n)];
      for (T *a = z + 2 * k, *const end = z + 2 * n; a < end; a += 4 * half) {
        T* const b = a + 2 * half;
        const T x = multiply_subtract(b[1], im, T(separately(b[0] * re)));
        const T y = multiply_add(b[1], re, T(separately(b[0] * im)));
        b[0] = a[0] - x;
        b[1] = a[1] - y;
        a[0] += x;
        a[1] += y;
      }
    }
}

/// The size of frequency k of a real signal, from the transform of its pairs as complex numbers.
template <class T>
T size_of_frequency(const Mfcc& d, int k, const T* cosines, const T* z) {
  const int n = d.fft_length / 2, other = (n - k) % n, mine = k % n;
  const T even_re = z[2 * mine] + z[2 * other], even_im = z[2 * mine + 1] - z[2 * other + 1];
  const T odd_re = z[2 * mine + 1] + z[2 * other + 1], odd_im = z[2 * other] - z[2 * mine];
  const T re = cosines[k], im = -cosines[(k + 3 * (n / 2)) % (2 * n)];
  const T x = even_re + multiply_subtract(odd_im, im, T(separately(odd_re * re)));
  const T y = even_im + multiply_add(odd_im, re, T(separately(odd_re * im)));
  return T(0.5) * math::sqrt(multiply_add(y, y, T(separately(x * x))));
}

/// The sums of one frame over the triangles: each frequency but 0 falls on two of them.
template <class T>
void mel_sums(const Mfcc& d, const MfccLayout& at, T* scratch) {
  T* const mel = scratch + at.mel;
  for (int m = 0; m < d.mel_bins; ++m) mel[m] = T(0);
  for (int k = 1; k < d.spectrum(); ++k) {
    const T place = scratch[at.places + k];
    if (!(place > T(0) && place < T(d.mel_bins + 1))) continue;
    const int edge = static_cast<int>(place);
    const T up = place - T(edge), size = size_of_frequency(d, k, scratch + at.cosines, scratch + at.frame);
    if (edge < d.mel_bins) mel[edge] = multiply_add(up, size, mel[edge]);
    if (edge > 0 && edge <= d.mel_bins) mel[edge - 1] = multiply_add(T(1) - up, size, mel[edge - 1]);
  }
}

}  // namespace detail

/// \param y [frames][coefficients]. \param scratch `mfcc_layout(d).end` elements.
template <class T>
inline void mfcc(const Mfcc& d, int rows, int samples, int frames, const T* x, T* y, T* scratch) {
  const MfccLayout at = mfcc_layout(d);
  detail::fill_mfcc_tables(d, scratch);
  T *const frame = scratch + at.frame, *const mel = scratch + at.mel;
  const T scale = math::sqrt(T(2) / T(d.mel_bins));
  for (int r = 0; r < rows; ++r)
    for (int f = 0; f < frames; ++f, y += d.coefficients) {
      const T* const from = x + r * samples + f * d.frame_step;
      for (int i = 0; i < d.fft_length; ++i)
        frame[i] = i < d.frame_length ? T(separately(from[i] * scratch[at.window + i])) : T(0);
      detail::transform(d.fft_length / 2, scratch + at.cosines, frame);
      detail::mel_sums(d, at, scratch);
      for (int m = 0; m < d.mel_bins; ++m) mel[m] = math::log(mel[m] + T(d.log_offset));
      for (int c = 0; c < d.coefficients; ++c) {
        T sum = T(0);
        for (int m = 0; m < d.mel_bins; ++m)
          sum = multiply_add(mel[m], scratch[at.dct + c * (2 * m + 1) % (4 * d.mel_bins)], sum);
        y[c] = scale * sum;
      }
    }
}

}  // namespace etch::kernels
