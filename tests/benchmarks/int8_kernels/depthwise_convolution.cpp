// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>

#include "measure.hpp"

namespace int8_kernels {
namespace {

using namespace etch::kernels;

constexpr Int8Axis same(int in, int stride = 1) {
  const int out = (in + stride - 1) / stride, pad = (out - 1) * stride + 3 - in;
  return {in, out, 3, stride, 1, pad > 0 ? pad / 2 : 0};
}

constexpr Int8DepthwiseConvolution square(int in, int stride, int channels) {
  return {same(in, stride), same(in, stride), channels, 1, 1};
}

constexpr Int8DepthwiseConvolution column(int in, int kernel, int channels) {
  return {{in, in - kernel + 1, kernel, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, channels, 1, 1};
}

template <Int8DepthwiseConvolution d>
[[gnu::noinline]] void measure_layer(const char* model, const char* name) {
  std::int32_t* const bias = words;
  auto* const scale = reinterpret_cast<Int8Scale*>(words + d.filters());
  for (int f = 0; f < d.filters(); ++f) {
    bias[f] = 0;
    scale[f] = {0x55555555, -8};
  }
  const Int8Io io{-128, -128, -128, 127};
  measure(model, name, static_cast<long long>(d.y.out) * d.x.out * d.filters() * d.taps(),
          [&] { int8_depthwise_convolution(d, input, weights, bias, scale, io, input, scratch); });
}

}  // namespace

void measure_depthwise_convolution() {
  measure_layer<Int8DepthwiseConvolution{same(25), same(5), 64, 1, 1}>("kws", "3x3x64, 25x5");
  measure_layer<square(48, 1, 8)>("vww", "3x3x8, 48x48");
  measure_layer<square(48, 2, 16)>("vww", "3x3x16, 24x24, stride 2");
  measure_layer<square(24, 1, 32)>("vww", "3x3x32, 24x24");
  measure_layer<square(24, 2, 32)>("vww", "3x3x32, 12x12, stride 2");
  measure_layer<square(12, 1, 64)>("vww", "3x3x64, 12x12");
  measure_layer<square(12, 2, 60)>("vww", "3x3x60, 6x6, stride 2");
  measure_layer<square(6, 1, 107)>("vww", "3x3x107, 6x6");
  measure_layer<square(6, 2, 36)>("vww", "3x3x36, 3x3, stride 2");
  measure_layer<square(3, 1, 32)>("vww", "3x3x32, 3x3");
  measure_layer<column(30, 3, 40)>("sww", "3x1x40, 28x1");
  measure_layer<column(28, 5, 128)>("sww", "5x1x128, 24x1");
  measure_layer<column(24, 10, 128)>("sww", "10x1x128, 15x1");
  measure_layer<column(15, 15, 128)>("sww", "15x1x128, 1x1");
}

}  // namespace int8_kernels
