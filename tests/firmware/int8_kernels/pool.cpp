// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>

#include "check.hpp"

namespace int8_kernels {
namespace pool_checks {

using namespace etch::kernels;

constexpr int most = 20, channels = 20, large_channels = kernel_set == KernelSet::lanes ? 150 : channels;
Guarded<(kernel_set == KernelSet::lanes ? 2 : 1) * most * most * large_channels> input, result, expected;

/// Windows of any size, of the whole input, and of more pixels than a sum of 16 bits holds.
Pool draw_pool(Draws& draw, PoolKind kind) {
  Pool d;
  d.kind = kind;
  const int side = draw.between(0, 4) == 0 ? most : 7;
  d.height = draw.between(1, side);
  d.width = draw.between(1, side);
  d.channels = draw.between(1, draw.between(0, 2) == 0 ? large_channels : channels);
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
template <class T, class F, class Portable>
bool agrees(Draws& draw, const Pool& d, F&& pool, Portable&& portable) {
  input.wipe();
  result.wipe();
  expected.wipe();
  const int in = d.height * d.width * d.channels, out = d.out_height * d.out_width * d.channels;
  constexpr int bytes = sizeof(T);
  const auto of = [](auto& memory) { return reinterpret_cast<T*>(memory.data()); };
  const bool in_place = d.top == 0 && d.left == 0 && draw.between(0, 1) == 0;
  const bool anywhere = bytes == 1 && !in_place && any_address;  // as inputs of a model may lie
  T* const x = of(input) + (anywhere && in + 3 <= input.size ? draw.between(0, 3) : 0);
  draw.fill(reinterpret_cast<std::int8_t*>(x), bytes * in);
  portable(x, of(expected));
  pool(x, in_place ? of(input) : of(result));
  const std::int8_t* const y = in_place ? input.data() : result.data();
  return std::memcmp(y, expected.data(), static_cast<std::size_t>(bytes * out)) == 0 &&
         input.intact(bytes * in + static_cast<int>(reinterpret_cast<std::int8_t*>(x) - input.data())) &&
         result.intact(in_place ? 0 : bytes * out) && expected.intact(bytes * out);
}

/// Where an int16 has less room than an int8 has on boards.
Pool draw_pool_of(Draws& draw, PoolKind kind, int bytes) {
  for (;;) {
    const Pool d = draw_pool(draw, kind);
    if (bytes * d.height * d.width * d.channels <= input.size) return d;
  }
}

template <class T>
bool average_agrees(Draws& draw) {
  const Pool d = draw_pool_of(draw, PoolKind::average, sizeof(T));
  const Int8Io io = draw.io();
  const Int8Scale scale = draw.scale();
  const Int8Scale* const scaled = draw.between(0, 1) == 0 ? &scale : nullptr;
  return agrees<T>(
      draw, d, [&](const T* x, T* y) { int8_pool(d, x, io, scaled, y); },
      [&](const T* x, T* y) { portable::int8_pool(d, x, io, scaled, y); });
}

template <class T>
bool max_agrees(Draws& draw) {
  const Pool d = draw_pool_of(draw, PoolKind::max, sizeof(T));
  return agrees<T>(
      draw, d, [&](const T* x, T* y) { int8_max_pool(d, x, y); },
      [&](const T* x, T* y) { portable::pool_forward<T, T>(d, 1, x, y, nullptr); });
}

}  // namespace pool_checks

bool check_pool() {
  using namespace pool_checks;
  Draws draw(11);
  for (int i = 0; i < cases(100); ++i)
    if (!report("int8_pool of int8", i, average_agrees<std::int8_t>(draw)) ||
        !report("int8_max_pool of int8", i, max_agrees<std::int8_t>(draw)) ||
        !report("int8_pool of int16", i, average_agrees<std::int16_t>(draw)) ||
        !report("int8_max_pool of int16", i, max_agrees<std::int16_t>(draw)))
      return false;
  return true;
}

}  // namespace int8_kernels
