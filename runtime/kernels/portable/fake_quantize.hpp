// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>

#include <cstdint>

namespace etch::kernels {

/// The whole numbers from 0 to 2^bits - 1 that stand for real ones: scale * (number - zero point).
template <class T>
struct FakeQuantizeGrid {
  T scale = 1;
  std::int32_t zero_point = 0;
  std::int32_t highest = 255;
};

/// x to nearest, halves away from zero; kept within what a grid can hold.
template <class T>
constexpr std::int32_t rounded(T x) {
  if (!(x > T(-100000))) return -100000;
  if (x > T(100000)) return 100000;
  const auto whole = static_cast<std::int32_t>(x);
  const T fraction = x - T(whole);
  return whole + (fraction >= T(0.5) ? 1 : 0) - (fraction <= T(-0.5) ? 1 : 0);
}

/// The grid over a range, which is widened to hold 0: TensorFlow Lite's choice, so that 0 is one of its
/// numbers. A range of nothing has steps of 1.
template <class T>
constexpr FakeQuantizeGrid<T> fake_quantize_grid(T lowest, T highest, int bits) {
  FakeQuantizeGrid<T> grid;
  grid.highest = (1 << bits) - 1;
  lowest = lowest < T(0) ? lowest : T(0);
  highest = highest > T(0) ? highest : T(0);
  if (highest - lowest > T(0)) grid.scale = (highest - lowest) / T(grid.highest);
  const std::int32_t zero = rounded(-lowest / grid.scale);
  grid.zero_point = zero > grid.highest ? grid.highest : zero;
  return grid;
}

/// The largest distance from 0 of a filter's weights: w is [taps][filters].
template <class T>
constexpr T filter_reach(const T* w, int taps, int filters, int f) {
  T most = 0;
  for (int t = 0; t < taps; ++t) {
    const T x = w[t * filters + f];
    most = x > most ? x : -x > most ? -x : most;
  }
  return most;
}

/// y = the number of the grid next to x. `y` may be `x`.
template <class T>
inline void fake_quantize(int n, const T* x, const FakeQuantizeGrid<T>& grid, T* y) {
  for (int i = 0; i < n; ++i) {
    std::int32_t q = rounded(x[i] / grid.scale) + grid.zero_point;
    q = q < 0 ? 0 : q > grid.highest ? grid.highest : q;
    y[i] = grid.scale * T(q - grid.zero_point);
  }
}

/// The same for weights [taps][filters], with a grid a filter that is symmetric around 0 and that no weight
/// lies beyond.
template <class T>
inline void fake_quantize_weights(int taps, int filters, int bits, const T* w, T* y) {
  const T steps = T((1 << (bits - 1)) - 1);
  for (int f = 0; f < filters; ++f) {
    const T reach = filter_reach(w, taps, filters, f), scale = reach > T(0) ? reach / steps : T(1);
    for (int t = 0; t < taps; ++t) y[t * filters + f] = scale * T(rounded(w[t * filters + f] / scale));
  }
}

/// Moves a range towards that of n numbers; a range of nothing becomes it. Where that has no finite width, it
/// stays.
template <class T>
inline void follow_range(int n, const T* x, T momentum, T* range) {
  T lowest = x[0], highest = x[0];
  for (int i = 1; i < n; ++i) {
    lowest = x[i] < lowest ? x[i] : lowest;
    highest = x[i] > highest ? x[i] : highest;
  }
  if (!(highest - lowest - (highest - lowest) == T(0))) return;
  const T keep = range[0] == T(0) && range[1] == T(0) ? T(0) : momentum;
  range[0] = multiply_add(T(1) - keep, lowest, keep * range[0]);
  range[1] = multiply_add(T(1) - keep, highest, keep * range[1]);
}

/// dx = dy where x lies on the grid's range, else 0: the straight-through gradient (Jacob et al. 2018). `dx`
/// may be `dy`.
template <class T>
inline void fake_quantize_backward(int n, const T* x, const FakeQuantizeGrid<T>& grid, const T* dy, T* dx) {
  const T half = T(0.5) * grid.scale;  // what rounds to the last number is not clipped
  const T lowest = multiply_add(grid.scale, T(-grid.zero_point), -half);
  const T highest = multiply_add(grid.scale, T(grid.highest - grid.zero_point), half);
  for (int i = 0; i < n; ++i) dx[i] = x[i] >= lowest && x[i] <= highest ? dy[i] : T(0);
}

}  // namespace etch::kernels
