// SPDX-License-Identifier: BSL-1.0
#pragma once
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

}  // namespace etch::kernels
