// SPDX-License-Identifier: BSL-1.0
#include "layers.hpp"

namespace int8_kernels {
namespace convolution_checks {

using namespace etch::kernels;

constexpr int most = most_extent, filters = most_filters, channels = most_channels;
Guarded<2 * most * most * channels + 64> memory;  // input and output, which may overlap
Guarded<most * most * filters> expected;
Guarded<most_scratch> scratch;
alignas(8) std::int8_t weights[filters * (5 * 5 * channels + 4)], paired[sizeof weights];
std::int32_t bias[filters];
Int8Scale scale[filters];
Int8ShortScale short_scale[filters];

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
    short_scale[f] = Int8ShortScale(scale[f]);
  }
}

/// The same weights two by two, as `int8_is_paired` says, which has no room for two of -128.
void pair_weights(const Int8Convolution& d) {
  for (int i = 0; i < d.filters * d.row; ++i)
    if (weights[i] == -128) weights[i] = -127;
  std::memcpy(paired, weights, sizeof weights);
  for (int f = 1; f < d.filters; f += 2)
    for (int tap = 0; tap < d.row; ++tap) {
      const int first = weights[(f - 1) * d.row + tap];
      const auto both = static_cast<std::uint32_t>(256 * weights[f * d.row + tap] + first);
      const int at = (f - 1) * d.row + tap / 4 * 8 + tap % 2 * 4 + tap % 4 / 2 * 2;
      paired[at] = static_cast<std::int8_t>(both & 0xff);
      paired[at + 1] = static_cast<std::int8_t>(both >> 8 & 0xff);
    }
}

void multiply(const Int8Convolution& d, const std::int8_t* x, const Int8Io& io, std::int8_t* y,
              const auto* scales) {
  if (d.paired != 0)
    int8_paired_convolution(d, x, paired, bias, scales, io, y, scratch.data());
  else
    int8_convolution(d, x, weights, bias, scales, io, y, scratch.data());
}

bool agrees(Draws& draw, bool in_pairs, bool in_short) {
  Int8Convolution d = draw_layer(draw);
  d.paired = in_pairs ? 1 : 0;
  const Int8Io io = draw.io();
  draw_weights(draw, d);
  if (in_pairs) pair_weights(d);
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.filters;
  // Apart, or the result as far in the input as allowed.
  const bool apart = draw.between(0, 1) == 0;
  const int reach = apart ? 0 : int8_convolution_overlap(d);
  const int odd = apart && any_address ? draw.between(0, 3) : 0;  // inputs of a model may lie anywhere
  const int input_at = (out > reach ? (out - reach + 7) / 8 * 8 : 0) + odd;
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
  if (in_short)
    multiply(d, x, io, y, short_scale);
  else
    multiply(d, x, io, y, scale);
  const int used = input_at + in > output_at + out ? input_at + in : output_at + out;
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(out)) == 0 && memory.intact(used) &&
         scratch.intact(int8_convolution_scratch(d, {kernel_set})) && expected.intact(out);
}

}  // namespace convolution_checks

bool check_convolution() {
  using namespace convolution_checks;
  Draws draw(7);
  for (int i = 0; i < cases(400); ++i)
    if (!report("int8_convolution of int8", i, agrees(draw, false, false))) return false;
  for (int i = 0; i < cases(400); ++i)
    if (!report("int8_paired_convolution of int8", i, agrees(draw, true, false))) return false;
  for (int i = 0; i < cases(600); ++i)
    if (!report("convolutions with scales of 5 bytes", i, agrees(draw, i % 2 != 0, true))) return false;
  return true;
}

}  // namespace int8_kernels
