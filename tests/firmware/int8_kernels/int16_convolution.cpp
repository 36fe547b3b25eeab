// SPDX-License-Identifier: BSL-1.0
#include "layers.hpp"

namespace int8_kernels {
namespace int16_checks {

constexpr int elements = most_extent * most_extent * most_channels;
Guarded<4 * elements + 64> memory;  // input and output, which may overlap
Guarded<2 * elements> expected;
Guarded<large ? most_scratch : 2 * (5 * 5 * most_channels + 4)> scratch;
alignas(8) std::int8_t weights[most_filters * (5 * 5 * most_channels + 4)];
WideBias bias[most_filters];
Int8Scale scale[most_filters];

std::int16_t* numbers(std::int8_t* bytes) { return reinterpret_cast<std::int16_t*>(bytes); }

bool agrees(Draws& draw) {
  const Int8Convolution d = draw_layer(draw);
  std::memset(weights, 0, sizeof weights);
  const bool ends = draw.between(0, 4) == 0;  // sums of products that 32 bits do not hold
  for (int f = 0; f < d.filters; ++f) {
    draw.fill(weights + f * d.row, d.taps());
    if (ends) std::memset(weights + f * d.row, -128, static_cast<std::size_t>(d.taps()));
    bias[f] = WideBias(static_cast<std::int64_t>(draw.between(-(1 << 20), 1 << 20)) << draw.between(0, 20));
    scale[f] = {(1 << 30) + draw.between(0, (1 << 24) - 1) * 64, draw.between(-14, draw.between(-8, 7))};
  }
  const Int8Io io{0, 0, draw.between(0, 1) == 0 ? 0 : -32768, 32767};
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.filters;
  // Apart, or the result as far in the input as allowed.
  const int reach = draw.between(0, 1) == 0 ? 0 : int8_convolution_overlap(d);
  const int input_at = out > reach ? (out - reach + 3) / 4 * 4 : 0;
  const int output_at = out > reach ? 0 : (reach - out) / 4 * 4;
  memory.wipe();
  expected.wipe();
  scratch.wipe();
  std::int16_t *const x = numbers(memory.data()) + input_at, *const y = numbers(memory.data()) + output_at;
  draw.fill(reinterpret_cast<std::int8_t*>(x), 2 * in);
  for (int i = 0; ends && i < in; ++i) x[i] = -32768;
  portable::int8_convolution(d, x, weights, bias, scale, io, numbers(expected.data()),
                             numbers(scratch.data()));
  scratch.wipe();
  int8_convolution(d, x, weights, bias, scale, io, y, numbers(scratch.data()));
  const int used = input_at + in > output_at + out ? input_at + in : output_at + out;
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(2 * out)) == 0 && memory.intact(2 * used) &&
         scratch.intact(2 * int16_convolution_scratch(d, {kernel_set})) && expected.intact(2 * out);
}

}  // namespace int16_checks

bool check_int16_convolution() {
  using namespace int16_checks;
  Draws draw(17);
  for (int i = 0; i < cases(200); ++i)
    if (!report("int8_convolution of int16", i, agrees(draw))) return false;
  return true;
}

}  // namespace int8_kernels
