// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>

#include "measure.hpp"

namespace int8_kernels {
namespace {

using namespace etch::kernels;

/// Elements are counted where other kernels count multiply-accumulates. The result takes the place of one
/// operand.
template <BinaryKind kind, int elements>
[[gnu::noinline]] void measure_layer(const char* model, const char* name, const Int8Scale& a) {
  static constexpr Binary d =
      broadcast(kind, 1, {1, 1, 1, elements}, {1, 1, 1, elements}, {1, 1, 1, elements});
  static Int8BinaryNumbers n;
  n = {-128, 4, -128, -128, 127, a, {0x55555555, -1}, {0x55555555, kind == BinaryKind::multiply ? -7 : -18}};
  asm volatile("" : : : "memory");  // they are not known while compiling
  measure(model, name, elements, [&] { int8_binary(d, input, output, n, input); });
}

}  // namespace

void measure_binary() {
  measure_layer<BinaryKind::add, 32 * 32 * 16>("ic", "sum of 16384", {1 << 30, 0});
  measure_layer<BinaryKind::add, 16 * 16 * 32>("ic", "sum of 8192", {1 << 30, 0});
  measure_layer<BinaryKind::add, 8 * 8 * 64>("ic", "sum of 4096", {1 << 30, 0});
  measure_layer<BinaryKind::add, 4096>("any", "sum of 4096, no scale is half", {0x55555555, -1});
  measure_layer<BinaryKind::subtract, 4096>("any", "difference of 4096", {1 << 30, 0});
  measure_layer<BinaryKind::multiply, 4096>("any", "product of 4096", {1 << 30, 0});
}

}  // namespace int8_kernels
