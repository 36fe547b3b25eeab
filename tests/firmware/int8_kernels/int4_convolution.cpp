// SPDX-License-Identifier: BSL-1.0
// Weights of 4 bits against the same weights as int8.
#include "layers.hpp"

namespace int8_kernels {
namespace int4_checks {

using namespace etch::kernels;

constexpr int most = most_extent, most_units = most_filters + 3, most_taps = 1300;
constexpr int most_row = 5 * 5 * most_channels > most_taps ? 5 * 5 * most_channels + 4 : most_taps + 4;
Guarded<2 * most * most*(most_channels > most_taps / 16 ? most_channels : most_taps / 16) + 64> memory;
Guarded<most * most * most_filters> expected;
Guarded<most_scratch + 3 * most_row> scratch;
alignas(8) std::int8_t weights[most_units * most_row], packed[most_units * most_row];
std::int32_t bias[most_filters];
Int8Scale scale[most_filters];
Int8ShortScale short_scale[most_filters];

void draw_weights(Draws& draw, const Int8Convolution& d) {
  std::memset(weights, 0, sizeof weights);
  const int kind = draw.between(0, 5);  // all of one end, of the other, none, or any
  for (int f = 0; f < d.filters; ++f) {
    for (int tap = 0; tap < d.taps(); ++tap)
      weights[f * d.row + tap] = static_cast<std::int8_t>(kind == 0                 ? -8
                                                          : kind == 1               ? 7
                                                          : kind == 2 && f % 3 == 0 ? 0
                                                                                    : draw.between(-8, 7));
    bias[f] = draw.between(-(1 << 16), 1 << 16);
    if (draw.between(0, 30) == 0) bias[f] *= 1 << 14;
    scale[f] = draw.scale();
    short_scale[f] = Int8ShortScale(scale[f]);
  }
}

/// Four filters a number of 16 bits, the first three 8 higher, by taps 0, 2, 1, 3.
void pack_weights(const Int8Convolution& d) {
  std::int8_t* to = packed;
  const auto weight = [&](int f, int tap) { return f < d.filters ? weights[f * d.row + tap] : 0; };
  for (int f = 0; f < d.filters; f += 4)
    for (int tap = 0; tap < d.row; tap += 4)
      for (const int at : {tap, tap + 2, tap + 1, tap + 3}) {
        *to++ = static_cast<std::int8_t>((weight(f, at) + 8) | (weight(f + 1, at) + 8) << 4);
        *to++ = static_cast<std::int8_t>((weight(f + 2, at) + 8) | (weight(f + 3, at) & 15) << 4);
      }
}

/// Dense steps of so many taps that sums of 32 bits hold no more than a part of them beside others.
Int8Convolution draw_long(Draws& draw) {
  Int8Convolution d;
  d.channels = draw.between(500, most_taps);
  d.filters = draw.between(1, 9);
  d.row = int8_row_bytes(d.channels);
  d.per_channel = draw.between(0, 1);
  return d;
}

bool agrees(Draws& draw, const Int8Convolution& d) {
  const Int8Io io = draw.io();
  draw_weights(draw, d);
  pack_weights(d);
  const int in = d.y.in * d.x.in * d.channels, out = d.y.out * d.x.out * d.filters;
  // Apart, or the result as far in the input as allowed.
  const bool apart = draw.between(0, 1) == 0;
  const int reach = apart ? 0 : int8_convolution_overlap(d);
  const int odd = apart && any_address ? draw.between(0, 3) : 0;  // inputs of a model may lie anywhere
  const int input_at = (out > reach ? (out - reach + 7) / 8 * 8 : 0) + odd;
  const int output_at = out > reach ? 0 : (reach - out) / 8 * 8;
  const int ends = draw.between(0, 9);
  const auto fill = [&] {
    memory.wipe();
    scratch.wipe();
  };
  const Draws before = draw;
  const auto input = [&] {
    draw = before;
    fill();
    std::int8_t* const x = memory.data() + input_at;
    draw.fill(x, in);
    if (ends < 2) std::memset(x, ends == 0 ? -128 : 127, static_cast<std::size_t>(in));
    return x;
  };
  expected.wipe();
  portable::int8_convolution(d, input(), weights, bias, scale, io, expected.data(), scratch.data());
  std::int8_t* const y = memory.data() + output_at;
  const int used = input_at + in > output_at + out ? input_at + in : output_at + out;
  const auto same = [&](int scribbled) {
    return std::memcmp(y, expected.data(), static_cast<std::size_t>(out)) == 0 && memory.intact(used) &&
           scratch.intact(scribbled) && expected.intact(out);
  };
  portable::int4_convolution(d, input(), packed, bias, short_scale, io, y, scratch.data());
  if (!same(portable::int8_convolution_scratch(d))) return false;
  int4_convolution(d, input(), packed, bias, short_scale, io, y, scratch.data());
  return same(int4_convolution_scratch(d, {kernel_set}));
}

}  // namespace int4_checks

bool check_int4_convolution() {
  using namespace int4_checks;
  Draws draw(11);
  for (int i = 0; i < cases(400); ++i)
    if (!report("int4_convolution of int8", i, agrees(draw, draw_layer(draw)))) return false;
  for (int i = 0; i < cases(60); ++i)
    if (!report("int4_convolution of many taps", i, agrees(draw, draw_long(draw)))) return false;
  return true;
}

}  // namespace int8_kernels
