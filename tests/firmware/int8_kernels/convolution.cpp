// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_convolution.hpp>

#include "check.hpp"

namespace int8_kernels {
namespace {

using namespace etch::kernels;

constexpr int most = 12, filters = 12, channels = 16;
Guarded<2 * most * most * channels + 64> memory;  // input and output, which may overlap
Guarded<most * most * filters> expected;
Guarded<16 * 5 * 5 * channels + 256> scratch;
alignas(8) std::int8_t weights[filters * (5 * 5 * channels + 4)];
std::int32_t bias[filters];
Int8Scale scale[filters];

Int8Axis draw_axis(Draws& draw) {
  for (;;) {
    const int kernel = draw.between(1, 5), dilation = draw.between(0, 3) == 0 ? 2 : 1;
    Int8Axis a{draw.between(1, most), 1, kernel, draw.between(1, 2), dilation, 0};
    const int reach = (kernel - 1) * dilation;
    a.before = draw.between(0, reach);
    a.out = a.in + a.before + draw.between(0, reach) - reach;
    if (a.out <= 0) continue;
    a.out = (a.out - 1) / a.stride + 1;
    if (a.out <= most) return a;
  }
}

Int8Convolution draw_layer(Draws& draw) {
  Int8Convolution d{draw_axis(draw), draw_axis(draw), draw.between(1, channels), draw.between(1, filters)};
  if (draw.between(0, 2) == 0) d.channels = d.channels >= 10 ? 16 : d.channels >= 6 ? 8 : 4;
  const int kind = draw.between(0, 7);
  if (kind <= 2) {  // pointwise, of eight channels too, or fully connected
    const int height = kind == 0 ? 1 : draw.between(1, most), width = kind == 0 ? 1 : draw.between(1, most);
    d.y = {height, height, 1, 1, 1, 0};
    d.x = {width, width, 1, 1, 1, 0};
    if (kind == 2) d.channels = 8;
  }
  d.row = int8_row_bytes(d.taps());
  d.per_channel = draw.between(0, 1);
  return d;
}

void draw_weights(Draws& draw, const Int8Convolution& d) {
  std::memset(weights, 0, sizeof weights);
  const bool ends = draw.between(0, 4) == 0;  // products of two taps that just fit in 16 bits, or just do not
  const bool usual = draw.between(0, 2) != 0;  // one unusual scale may change how all are taken
  for (int f = 0; f < d.filters; ++f) {
    draw.fill(weights + f * d.row, d.taps());
    if (ends)
      std::memset(weights + f * d.row, draw.between(0, 1) == 0 ? -128 : 127,
                  static_cast<std::size_t>(d.taps()));
    bias[f] = draw.between(-(1 << 16), 1 << 16);
    if (draw.between(0, 30) == 0) bias[f] *= 1 << 14;  // sums that doubling would not hold
    do scale[f] = draw.scale();
    while (usual && (scale[f].shift > -2 || scale[f].multiplier == 0));
  }
}

bool agrees(Draws& draw) {
  const Int8Convolution d = draw_layer(draw);
  const Int8Io io = draw.io();
  draw_weights(draw, d);
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.filters;
  // Apart, or the result as far in the input as allowed.
  const bool apart = draw.between(0, 1) == 0;
  const int reach = apart ? 0 : int8_convolution_overlap(d);
  const int input_at = out > reach ? (out - reach + 7) / 8 * 8 : 0;
  const int output_at = out > reach ? 0 : (reach - out) / 8 * 8;
  memory.wipe();
  expected.wipe();
  scratch.wipe();
  std::int8_t* const x = memory.data() + input_at;
  draw.fill(x, in);
  if (draw.between(0, 9) == 0) std::memset(x, -128, static_cast<std::size_t>(in));
  int8_convolution_portable(d, x, weights, bias, scale, io, expected.data(), scratch.data());
  scratch.wipe();
  std::int8_t* const y = memory.data() + output_at;
  int8_convolution(d, x, weights, bias, scale, io, y, scratch.data());
  const int used = input_at + in > output_at + out ? input_at + in : output_at + out;
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(out)) == 0 && memory.intact(used) &&
         scratch.intact(int8_convolution_scratch(d)) && expected.intact(out);
}

}  // namespace

bool check_convolution() {
  Draws draw(7);
  for (int i = 0; i < 400; ++i)
    if (!report("convolution", i, agrees(draw))) return false;
  return true;
}

}  // namespace int8_kernels
