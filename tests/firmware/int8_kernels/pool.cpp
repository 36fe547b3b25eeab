// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>

#include "check.hpp"

namespace int8_kernels {
namespace pool_checks {

using namespace etch::kernels;

constexpr int most = 20, channels = 20;
Guarded<most * most * channels> input, result, expected;

/// Windows of any size, of the whole input, and of more pixels than a sum of 16 bits holds.
Pool draw_pool(Draws& draw, PoolKind kind) {
  Pool d;
  d.kind = kind;
  const int side = draw.between(0, 4) == 0 ? most : 7;
  d.height = draw.between(1, side);
  d.width = draw.between(1, side);
  d.channels = draw.between(1, channels);
  const bool whole = draw.between(0, 2) == 0;
  d.pool_height = whole ? d.height : draw.between(1, d.height);
  d.pool_width = whole ? d.width : draw.between(1, d.width);
  d.stride_height = draw.between(1, 3);
  d.stride_width = draw.between(1, 3);
  d.top = whole ? 0 : draw.between(0, d.pool_height - 1);
  d.left = whole ? 0 : draw.between(0, d.pool_width - 1);
  d.out_height = (d.height + d.top - d.pool_height) / d.stride_height + 1;
  d.out_width = (d.width + d.left - d.pool_width) / d.stride_width + 1;
  return d;
}

/// In place where nothing is padded before the input, else apart.
template <class F, class Portable>
bool agrees(Draws& draw, const Pool& d, F&& pool, Portable&& portable) {
  input.wipe();
  result.wipe();
  expected.wipe();
  const int in = d.height * d.width * d.channels, out = d.out_height * d.out_width * d.channels;
  draw.fill(input.data(), in);
  portable(input.data(), expected.data());
  const bool in_place = d.top == 0 && d.left == 0 && draw.between(0, 1) == 0;
  pool(input.data(), in_place ? input.data() : result.data());
  const std::int8_t* const y = in_place ? input.data() : result.data();
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(out)) == 0 && input.intact(in) &&
         result.intact(in_place ? 0 : out) && expected.intact(out);
}

bool average_agrees(Draws& draw) {
  const Pool d = draw_pool(draw, PoolKind::average);
  const Int8Io io = draw.io();
  const Int8Scale scale = draw.scale();
  const Int8Scale* const scaled = draw.between(0, 1) == 0 ? &scale : nullptr;
  return agrees(
      draw, d, [&](const std::int8_t* x, std::int8_t* y) { int8_pool(d, x, io, scaled, y); },
      [&](const std::int8_t* x, std::int8_t* y) { portable::int8_pool(d, x, io, scaled, y); });
}

bool max_agrees(Draws& draw) {
  const Pool d = draw_pool(draw, PoolKind::max);
  return agrees(
      draw, d, [&](const std::int8_t* x, std::int8_t* y) { int8_max_pool(d, x, y); },
      [&](const std::int8_t* x, std::int8_t* y) {
        pool_forward<std::int8_t, std::int8_t>(d, 1, x, y, nullptr);
      });
}

}  // namespace pool_checks

bool check_pool() {
  using namespace pool_checks;
  Draws draw(11);
  for (int i = 0; i < cases(100); ++i)
    if (!report("int8_pool of int8", i, average_agrees(draw)) ||
        !report("int8_max_pool of int8", i, max_agrees(draw)))
      return false;
  return true;
}

}  // namespace int8_kernels
