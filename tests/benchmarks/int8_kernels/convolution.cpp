// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>

#include "measure.hpp"

namespace int8_kernels {
namespace {

using namespace etch::kernels;

constexpr Int8Axis same(int in, int kernel, int stride = 1) {
  const int out = (in + stride - 1) / stride, pad = (out - 1) * stride + kernel - in;
  return {in, out, kernel, stride, 1, pad > 0 ? pad / 2 : 0};
}

constexpr Int8Convolution layer(Int8Axis y, Int8Axis x, int channels, int filters) {
  return {y, x, channels, filters, int8_row_bytes(y.kernel * x.kernel * channels), 1};
}

constexpr Int8Convolution pointwise(int height, int width, int channels, int filters) {
  return layer(same(height, 1), same(width, 1), channels, filters);
}

/// Fully connected layers have one scale.
constexpr Int8Convolution dense(int inputs, int outputs) {
  Int8Convolution d = pointwise(1, 1, inputs, outputs);
  d.per_channel = 0;
  return d;
}

constexpr Int8Convolution square(int in, int kernel, int stride, int channels, int filters) {
  return layer(same(in, kernel, stride), same(in, kernel, stride), channels, filters);
}

/// As models have it that are compiled for the core of these kernels.
template <class T>
constexpr Int8Convolution shipped(Int8Convolution d) {
  const bool wants_pairs = kernel_set == KernelSet::dsp && sizeof(T) == 1;
  const bool few_products = dsp::of_eight(d) && d.y.out * d.x.out > 1;
  d.paired = wants_pairs && !few_products ? 1 : 0;
  return d;
}

template <Int8Convolution layer, class T = std::int8_t>
[[gnu::noinline]] void measure_layer(const char* model, const char* name) {
  using Bias = typename WeightedSum<T>::Bias;
  constexpr Int8Convolution d = shipped<T>(layer);
  auto* const bias = reinterpret_cast<Bias*>(words);
  auto* const scale = reinterpret_cast<Int8Scale*>(bias + d.filters);
  for (int f = 0; f < d.filters; ++f) {
    bias[f] = 0;
    scale[f] = {0x55555555, -8};
  }
  const Int8Io io{-128, -128, -128, 127};
  const auto as = [](std::int8_t* bytes) { return reinterpret_cast<T*>(bytes); };
  measure(model, name, static_cast<long long>(d.y.out) * d.x.out * d.filters * d.taps(), [&] {
    if constexpr (d.paired != 0)
      int8_paired_convolution(d, as(input), weights, bias, scale, io, as(output), as(scratch));
    else
      int8_convolution(d, as(input), weights, bias, scale, io, as(output), as(scratch));
  });
}

}  // namespace

void measure_convolution() {
  measure_layer<layer(same(49, 10, 2), same(10, 4, 2), 1, 64)>("kws", "10x4x1 to 64, 25x5");
  measure_layer<pointwise(25, 5, 64, 64)>("kws", "1x1x64 to 64, 25x5");
  measure_layer<dense(64, 12)>("kws", "64 to 12");
  measure_layer<square(96, 3, 2, 3, 8)>("vww", "3x3x3 to 8, 48x48");
  measure_layer<pointwise(48, 48, 8, 16)>("vww", "1x1x8 to 16, 48x48");
  measure_layer<pointwise(24, 24, 16, 32)>("vww", "1x1x16 to 32, 24x24");
  measure_layer<pointwise(24, 24, 32, 32)>("vww", "1x1x32 to 32, 24x24");
  measure_layer<pointwise(12, 12, 32, 64)>("vww", "1x1x32 to 64, 12x12");
  measure_layer<pointwise(12, 12, 64, 60)>("vww", "1x1x64 to 60, 12x12");
  measure_layer<pointwise(6, 6, 62, 107)>("vww", "1x1x62 to 107, 6x6");
  measure_layer<pointwise(6, 6, 110, 57)>("vww", "1x1x110 to 57, 6x6");
  measure_layer<pointwise(6, 6, 69, 30)>("vww", "1x1x69 to 30, 6x6");
  measure_layer<pointwise(6, 6, 36, 19)>("vww", "1x1x36 to 19, 6x6");
  measure_layer<pointwise(3, 3, 37, 32)>("vww", "1x1x37 to 32, 3x3");
  measure_layer<square(32, 3, 1, 3, 16)>("ic", "3x3x3 to 16, 32x32");
  measure_layer<square(32, 3, 1, 16, 16)>("ic", "3x3x16 to 16, 32x32");
  measure_layer<square(32, 3, 2, 16, 32)>("ic", "3x3x16 to 32, 16x16");
  measure_layer<square(16, 3, 1, 32, 32)>("ic", "3x3x32 to 32, 16x16");
  measure_layer<square(32, 1, 2, 16, 32)>("ic", "1x1x16 to 32, 16x16, stride 2");
  measure_layer<square(16, 3, 2, 32, 64)>("ic", "3x3x32 to 64, 8x8");
  measure_layer<square(8, 3, 1, 64, 64)>("ic", "3x3x64 to 64, 8x8");
  measure_layer<square(16, 1, 2, 32, 64)>("ic", "1x1x32 to 64, 8x8, stride 2");
  measure_layer<dense(640, 128)>("ad", "640 to 128");
  measure_layer<dense(128, 128)>("ad", "128 to 128");
  measure_layer<dense(128, 8)>("ad", "128 to 8");
  measure_layer<dense(8, 128)>("ad", "8 to 128");
  measure_layer<dense(128, 640)>("ad", "128 to 640");
  measure_layer<pointwise(28, 1, 40, 128)>("sww", "1x1x40 to 128, 28x1");
  measure_layer<pointwise(24, 1, 128, 128)>("sww", "1x1x128 to 128, 24x1");
  measure_layer<pointwise(15, 1, 128, 128)>("sww", "1x1x128 to 128, 15x1");
  measure_layer<layer(same(49, 10, 2), same(10, 4, 2), 1, 64), std::int16_t>("16x8", "10x4x1 to 64, 25x5");
  measure_layer<pointwise(25, 5, 64, 64), std::int16_t>("16x8", "1x1x64 to 64, 25x5");
  measure_layer<square(32, 3, 1, 16, 16), std::int16_t>("16x8", "3x3x16 to 16, 32x32");
  measure_layer<square(8, 3, 1, 64, 64), std::int16_t>("16x8", "3x3x64 to 64, 8x8");
  measure_layer<dense(640, 128), std::int16_t>("16x8", "640 to 128");
  measure_layer<dense(128, 128), std::int16_t>("16x8", "128 to 128");
}

}  // namespace int8_kernels
