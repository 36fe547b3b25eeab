// SPDX-License-Identifier: BSL-1.0
// Sums of as many products as 32 bits hold: of -128 times -128 they end at the largest number there is.
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>

#include "check.hpp"

namespace int8_kernels {
namespace {

using namespace etch::kernels;

constexpr int depth = 131068, pixels = 5, filters = 5;
constexpr std::int32_t rest = INT32_MAX - depth * (1 << 14);

constexpr Int8Convolution layer{{1, 1, 1, 1, 1, 0}, {pixels, pixels, 1, 1, 1, 0}, depth, filters, depth, 1};

template <class T>
struct Memory {
  alignas(8) T x[pixels * depth];
  alignas(8) std::int8_t w[filters * depth];
  alignas(8) T scratch[sizeof(T) == 1 ? int8_convolution_scratch(layer, {kernel_set})
                                      : int16_convolution_scratch(layer, {kernel_set})];
  T y[pixels * filters], expected[pixels * filters];
};
#if defined(__ARM_FEATURE_MVE)  // the board's first RAM is too small
[[gnu::section(".external_bss")]]
#endif
union {
  Memory<std::int8_t> narrow;
  Memory<std::int16_t> wide;
} memory;

/// Pixels of -128, 127, both by turns, and drawn ones, by filters of the same.
template <class T>
void fill_line(Draws& draw, T* to, int kind) {
  constexpr int lowest = sizeof(T) == 1 ? -128 : -32768;
  for (int i = 0; i < depth; ++i)
    to[i] = static_cast<T>(kind == 0   ? lowest
                           : kind == 1 ? -lowest - 1
                           : kind == 2 ? (i % 2 == 0 ? lowest : -lowest - 1)
                                       : draw.between(lowest, -lowest - 1));
}

template <class T>
bool agrees(Draws& draw, Memory<T>& m, int shift) {
  using Bias = typename WeightedSum<T>::Bias;
  Bias bias[filters];
  Int8Scale scale[filters];
  for (int f = 0; f < filters; ++f) {
    fill_line(draw, m.w + f * depth, f);
    bias[f] = Bias(f == 0 ? rest : f == 1 ? -rest : 0);
    scale[f] = {(1 << 30) + draw.between(0, (1 << 24) - 1) * 64, f == 4 ? 2 : shift};
  }
  for (int p = 0; p < pixels; ++p) fill_line(draw, m.x + p * depth, p);
  const Int8Io io{0, -5, sizeof(T) == 1 ? -128 : -32768, sizeof(T) == 1 ? 127 : 32767};
  portable::int8_convolution(layer, m.x, m.w, bias, scale, io, m.expected, m.scratch);
  int8_convolution(layer, m.x, m.w, bias, scale, io, m.y, m.scratch);
  return std::memcmp(m.y, m.expected, sizeof m.y) == 0;
}

}  // namespace

bool check_depth() {
  Draws draw(17);
  constexpr int shifts[] = {-23, -12, -2, 0, 3}, wide_shifts[] = {-31, -16, 4};
  for (const int shift : shifts)
    if (!report("sums of 32 bits", shift, agrees(draw, memory.narrow, shift))) return false;
  for (const int shift : wide_shifts)
    if (!report("deep sums of int16", shift, agrees(draw, memory.wide, shift))) return false;
  return true;
}

}  // namespace int8_kernels
