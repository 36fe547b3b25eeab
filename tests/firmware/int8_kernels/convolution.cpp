// SPDX-License-Identifier: BSL-1.0
#include "layers.hpp"

namespace int8_kernels {
namespace convolution_checks {

using namespace etch::kernels;

constexpr int most = most_extent, filters = most_filters, channels = most_channels;
Guarded<2 * most * most * channels + 64> memory;  // input and output, which may overlap
Guarded<most * most * filters> expected;
Guarded<16 * 5 * 5 * channels + 256> scratch;
alignas(8) std::int8_t weights[filters * (5 * 5 * channels + 4)];
std::int32_t bias[filters];
Int8Scale scale[filters];

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
  portable::int8_convolution(d, x, weights, bias, scale, io, expected.data(), scratch.data());
  scratch.wipe();
  std::int8_t* const y = memory.data() + output_at;
  int8_convolution(d, x, weights, bias, scale, io, y, scratch.data());
  const int used = input_at + in > output_at + out ? input_at + in : output_at + out;
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(out)) == 0 && memory.intact(used) &&
         scratch.intact(int8_convolution_scratch(d)) && expected.intact(out);
}

}  // namespace convolution_checks

bool check_convolution() {
  using namespace convolution_checks;
  Draws draw(7);
  for (int i = 0; i < cases(400); ++i)
    if (!report("int8_convolution of int8", i, agrees(draw))) return false;
  return true;
}

}  // namespace int8_kernels
