// SPDX-License-Identifier: BSL-1.0
// Pools forward and backward on drawn shapes: windows apart, overlapping and at edges. What they wrote, as a
// hash.
#pragma once
#include <runtime/kernels/portable/pooling.hpp>

#include <tests/firmware/float_kernels/draws.hpp>

namespace float_kernels {

using namespace etch::kernels;

struct PoolArrays {
  static constexpr int side = 7, channels = 17, samples = 2, numbers = samples * side * side * channels;
  float x[numbers], y[numbers], dy[numbers], dx[numbers];
  std::int8_t taps[numbers];

  void draw(Draws& draws, bool with_nan) {
    for (const std::span<float> all :
         {std::span<float>(x), std::span<float>(y), std::span<float>(dy), std::span<float>(dx)})
      draws.fill(all, with_nan);
  }
  void hash(Hash& hash) const {
    for (const std::span<const float> all : {std::span<const float>(y), std::span<const float>(dx)})
      hash.take(all);
  }
};

/// Windows along an axis: of a size and a stride, none of which is outside, and fewer places than inputs.
struct PoolAxis {
  int in, window, stride, before, out;
  explicit PoolAxis(Draws& draws)
      : in(draws.between(1, PoolArrays::side)),
        window(draws.between(0, 3) == 0 ? in : draws.between(1, in < 4 ? in : 4)),
        stride(draws.between(0, 1) == 0 ? window : draws.between(1, 4)),
        before(draws.between(0, 1) == 0 ? 0 : draws.between(0, window - 1)) {
    const int most = (in + before - 1) / stride + 1, whole = (in + before - window) / stride + 1;
    out = draws.between(0, 1) == 0 ? whole : most;
    if (out > PoolArrays::side) out = PoolArrays::side;
  }
};

template <class T>
std::uint32_t run_pools() {
  static PoolArrays arrays;
  const auto of = [](float* numbers) { return reinterpret_cast<T*>(numbers); };
  Draws draws(23);
  Hash hash;
  for (int trial = 0; trial < 100; ++trial) {
    arrays.draw(draws, trial % 4 == 0);
    const PoolAxis h(draws), w(draws);
    Pool d;
    d.kind = draws.between(0, 1) == 0 ? PoolKind::max : PoolKind::average;
    d.channels = draws.between(0, 1) == 0 ? 8 : draws.between(1, PoolArrays::channels);
    d.height = h.in, d.pool_height = h.window, d.stride_height = h.stride, d.top = h.before;
    d.width = w.in, d.pool_width = w.window, d.stride_width = w.stride, d.left = w.before;
    d.out_height = h.out, d.out_width = w.out;
    const int rows = draws.between(1, PoolArrays::samples);
    portable::pool_forward(d, rows, of(arrays.x), of(arrays.y), arrays.taps);
    portable::pool_backward<T, std::int8_t>(d, rows, of(arrays.dy), of(arrays.x), nullptr, of(arrays.dx));
    arrays.hash(hash);
    if (d.kind == PoolKind::average) continue;
    portable::pool_backward<T, std::int8_t>(d, rows, of(arrays.dy), nullptr, arrays.taps, of(arrays.dx));
    arrays.hash(hash);
  }
  return hash.value();
}

}  // namespace float_kernels
