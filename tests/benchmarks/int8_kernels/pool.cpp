// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>

#include "measure.hpp"

namespace int8_kernels {
namespace {

using namespace etch::kernels;

/// Elements of the input are counted where other kernels count multiply-accumulates.
template <int height, int width, int channels>
[[gnu::noinline]] void measure_layer(const char* model, const char* name) {
  static constexpr Pool d{PoolKind::average, height, width, channels, 1, 1, height, width, 1, 1};
  const Int8Io io{-128, -128, -128, 127};
  measure(model, name, height * width * channels, [&] { int8_pool(d, input, io, nullptr, output); });
}

[[gnu::noinline]] void measure_softmax(const char* model, const char* name, int width) {
  const Int8SoftmaxNumbers n{{1 << 30, 24}, -100};
  measure(model, name, width, [&] { int8_softmax(1, width, input, n, output); });
}

}  // namespace

void measure_pool() {
  measure_layer<25, 5, 64>("kws", "average of 25x5x64");
  measure_layer<3, 3, 32>("vww", "average of 3x3x32");
  measure_layer<8, 8, 64>("ic", "average of 8x8x64");
  measure_softmax("kws", "softmax of 12", 12);
}

}  // namespace int8_kernels
