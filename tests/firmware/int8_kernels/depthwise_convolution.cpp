// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>

#include "check.hpp"

namespace int8_kernels {
namespace depthwise_checks {

using namespace etch::kernels;

constexpr bool large = kernel_set == KernelSet::lanes;
constexpr int most = 8192, most_filters = large ? 256 : 32;
Guarded<4 * most + 64> memory;  // input and output, which may overlap
Guarded<2 * most> expected;
Guarded<large ? 1 << 20 : 16384> scratch;
alignas(8) std::int8_t weights[large ? 16384 : 1024];
std::int32_t bias[most_filters];
WideBias wide_bias[most_filters];
Int8Scale scale[most_filters];
Int8ShortScale short_scale[most_filters];

Int8Axis draw_axis(Draws& draw, int longest, int kernel, int stride, int dilation) {
  const int span = (kernel - 1) * dilation + 1;
  Int8Axis a{draw.between(1, longest), 1, kernel, stride, dilation, draw.between(0, span - 1)};
  const int room = a.in + a.before + draw.between(0, span - 1) - span;
  a.out = room < 0 ? 0 : room / stride + 1;
  return a;
}

/// Any shape, lines that are long, or a single column.
Int8DepthwiseConvolution draw_depthwise_layer(Draws& draw) {
  for (;;) {
    Int8DepthwiseConvolution d;
    const int kind = draw.between(0, 2);
    if (kind == 0) {
      d = {draw_axis(draw, 9, draw.between(1, 4), draw.between(1, 3), draw.between(1, 2)),
           draw_axis(draw, 9, draw.between(1, 4), draw.between(1, 3), draw.between(1, 2)), draw.between(1, 9),
           draw.between(1, 3), draw.between(0, 1)};
    } else if (kind == 1) {
      const int stride = draw.between(1, 2), kernel = draw.between(0, 3) == 0 ? 5 : 3;
      d = {draw_axis(draw, 14, kernel, stride, 1), draw_axis(draw, 70, kernel, stride, 1), draw.between(1, 8),
           1, draw.between(0, 1)};
    } else {
      d = {draw_axis(draw, 30, draw.between(1, 15), draw.between(1, 2), 1),
           {},
           draw.between(1, 20),
           1,
           draw.between(0, 1)};
      if (draw.between(0, 3) != 0 && d.y.covered() <= d.y.in) d.y.before = 0;
    }
    if (large && draw.between(0, 3) == 0) d.channels *= 8;
    if (draw.between(0, 3) == 0) {
      const Int8Axis y = d.y;
      d.y = d.x;
      d.x = y;
    }
    if (d.y.out > 0 && d.x.out > 0 && d.y.in * d.x.in * d.channels <= most &&
        d.y.out * d.x.out * d.filters() <= most &&
        int8_depthwise_convolution_scratch(d, {kernel_set}) <= scratch.size &&
        2 * int16_depthwise_convolution_scratch(d, {kernel_set}) <= scratch.size)
      return d;
  }
}

/// \param offset the zero point of the weights; 0: the kernel of those that have none.
bool agrees(Draws& draw, std::int32_t offset, bool in_short = false) {
  const Int8DepthwiseConvolution d = draw_depthwise_layer(draw);
  const Int8Io io = draw.io();
  draw.fill(weights, d.taps() * d.filters());
  for (int f = 0; f < d.filters(); ++f) {
    bias[f] = draw.between(-(1 << 16), 1 << 16);
    if (draw.between(0, 30) == 0) bias[f] *= 1 << 14;  // sums that doubling would not hold
    scale[f] = draw.scale();
    short_scale[f] = Int8ShortScale(scale[f]);
  }
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.filters();
  // Apart, in place, or the result as far in the input as allowed.
  const bool apart = draw.between(0, 2) == 0, in_place = !apart && int8_depthwise_convolution_in_place(d);
  const int reach = apart ? 0 : int8_depthwise_convolution_overlap(d);
  const int odd = apart && any_address ? draw.between(0, 3) : 0;  // inputs of a model may lie anywhere
  const int input_at = (!in_place && out > reach ? (out - reach + 7) / 8 * 8 : 0) + odd;
  const int output_at = in_place || out > reach ? 0 : (reach - out) / 8 * 8;
  memory.wipe();
  expected.wipe();
  scratch.wipe();
  std::int8_t* const x = memory.data() + input_at;
  draw.fill(x, in);
  if (draw.between(0, 9) == 0) {  // products of two taps that just do not fit in 16 bits
    std::memset(weights, -128, sizeof weights);
    std::memset(x, -128, static_cast<std::size_t>(in));
  }
  portable::int8_offset_depthwise_convolution(d, x, weights, bias, scale, io, expected.data(), scratch.data(),
                                              offset);
  scratch.wipe();
  std::int8_t* const y = memory.data() + output_at;
  if (offset != 0)
    int8_offset_depthwise_convolution(d, x, weights, bias, scale, io, y, scratch.data(), offset);
  else if (in_short)
    int8_depthwise_convolution(d, x, weights, bias, short_scale, io, y, scratch.data());
  else
    int8_depthwise_convolution(d, x, weights, bias, scale, io, y, scratch.data());
  const int used = input_at + in > output_at + out ? input_at + in : output_at + out;
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(out)) == 0 && memory.intact(used) &&
         scratch.intact(offset != 0 ? int8_offset_depthwise_convolution_scratch(d, {kernel_set})
                                    : int8_depthwise_convolution_scratch(d, {kernel_set})) &&
         expected.intact(out);
}

std::int16_t* halves(std::int8_t* bytes) { return reinterpret_cast<std::int16_t*>(bytes); }

bool wide_agrees(Draws& draw) {
  const Int8DepthwiseConvolution d = draw_depthwise_layer(draw);
  const Int8Io io{0, 0, draw.between(0, 1) == 0 ? 0 : -32768, 32767};
  draw.fill(weights, d.taps() * d.filters());
  for (int f = 0; f < d.filters(); ++f) {
    wide_bias[f] =
        WideBias(static_cast<std::int64_t>(draw.between(-(1 << 20), 1 << 20)) << draw.between(0, 9));
    scale[f] = {(1 << 30) + draw.between(0, (1 << 24) - 1) * 64, draw.between(-14, draw.between(-8, 7))};
  }
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.filters();
  memory.wipe();
  expected.wipe();
  scratch.wipe();
  const bool in_place = draw.between(0, 1) == 0 && int8_depthwise_convolution_in_place(d);
  std::int16_t* const x = halves(memory.data());
  draw.fill(memory.data(), 2 * in);
  if (draw.between(0, 9) == 0) {  // products of two taps that just do not fit in 32 bits 128 times
    std::memset(weights, -128, sizeof weights);
    for (int i = 0; i < in; ++i) x[i] = -32768;
  }
  portable::int8_depthwise_convolution(d, x, weights, wide_bias, scale, io, halves(expected.data()),
                                       halves(scratch.data()));
  scratch.wipe();
  std::int16_t* const y = in_place ? x : x + (in + 3) / 4 * 4;
  int8_depthwise_convolution(d, x, weights, wide_bias, scale, io, y, halves(scratch.data()));
  const int used = !in_place ? (in + 3) / 4 * 4 + out : in > out ? in : out;
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(2 * out)) == 0 && memory.intact(2 * used) &&
         scratch.intact(2 * int16_depthwise_convolution_scratch(d, {kernel_set})) && expected.intact(2 * out);
}

}  // namespace depthwise_checks

bool check_depthwise_convolution() {
  using namespace depthwise_checks;
  Draws draw(11);
  for (int i = 0; i < cases(400); ++i)
    if (!report("int8_depthwise_convolution of int8", i, agrees(draw, 0))) return false;
  for (int i = 0; i < cases(300); ++i)
    if (!report("int8_depthwise_convolution with scales of 5 bytes", i, agrees(draw, 0, true))) return false;
  for (int i = 0; i < cases(150); ++i) {
    const std::int32_t offset = draw.between(-128, 127);
    if (!report("int8_offset_depthwise_convolution of int8", i, agrees(draw, offset))) return false;
  }
  for (int i = 0; i < cases(100); ++i)
    if (!report("int8_depthwise_convolution of int16", i, wide_agrees(draw))) return false;
  return true;
}

}  // namespace int8_kernels
