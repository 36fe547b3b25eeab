// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/int8_kernels.hpp>

#include "check.hpp"

namespace int8_kernels {
namespace binary_checks {

using namespace etch::kernels;

constexpr int most = 300;
Guarded<2 * most> a, b, y, expected;

/// One of two operands has half of the common scale, as importers make it, or both, or any.
void draw_numbers(Draws& draw, BinaryKind kind, Int8BinaryNumbers& n) {
  const Int8Io io = draw.io();
  n.a_zero_point = draw.between(-128, 127);
  n.b_zero_point = draw.between(-128, 127);
  n.y_zero_point = io.output_zero_point;
  n.lowest = io.lowest;
  n.highest = io.highest;
  const auto operand = [&]() -> Int8Scale {
    return {(1 << 30) + draw.between(0, (1 << 24) - 1) * 64, draw.between(-8, -1)};
  };
  n.a = draw.between(0, 2) == 0 ? operand() : Int8Scale{1 << 30, 0};
  n.b = draw.between(0, 2) != 0 ? operand() : Int8Scale{1 << 30, 0};
  if (draw.between(0, 9) == 0) n.a = draw.scale();
  n.y = draw.scale();
  if (kind != BinaryKind::multiply && draw.between(0, 3) != 0) n.y.shift = draw.between(-21, -15);
}

Binary draw_shape(Draws& draw, BinaryKind kind) {
  const int count = draw.between(1, most);
  if (draw.between(0, 3) != 0)
    return broadcast(kind, 1, {1, 1, 1, count}, {1, 1, 1, count}, {1, 1, 1, count});
  const int rows = draw.between(1, 12), columns = draw.between(1, most / 12);
  return draw.between(0, 1) == 0
             ? broadcast(kind, 1, {1, 1, rows, columns}, {1, 1, rows, columns}, {1, 1, 1, columns})
             : broadcast(kind, 1, {1, 1, rows, columns}, {1, 1, rows, 1}, {1, 1, rows, columns});
}

/// Numbers of int16: their zero points are zeros, and no scale goes left.
void widen_numbers(Draws& draw, Int8BinaryNumbers& n) {
  n.a_zero_point = n.b_zero_point = n.y_zero_point = 0;
  n.lowest = draw.between(0, 1) == 0 ? 0 : -32768;
  n.highest = 32767;
  for (Int8Scale* s : {&n.a, &n.b, &n.y})
    if (s->shift > 0) s->shift = 0;
}

template <class T>
bool agrees(Draws& draw) {
  const BinaryKind kinds[]{BinaryKind::add, BinaryKind::subtract, BinaryKind::multiply};
  const BinaryKind kind = kinds[draw.between(0, 2)];
  const Binary d = draw_shape(draw, kind);
  constexpr int bytes = sizeof(T);
  Int8BinaryNumbers n;
  draw_numbers(draw, kind, n);
  if (bytes == 2) widen_numbers(draw, n);
  a.wipe();
  b.wipe();
  y.wipe();
  expected.wipe();
  const int count = d.elements();
  // Apart, where bytes may lie anywhere as inputs of a model, or in place of one of them.
  const int place = draw.between(0, 2);
  Guarded<2 * most>& result = place == 1 && d.a_elements == count   ? a
                              : place == 2 && d.b_elements == count ? b
                                                                    : y;
  const int odd = bytes == 1 && &result == &y && any_address ? draw.between(0, 3) : 0;
  draw.fill(a.data() + odd, bytes * d.a_elements);
  draw.fill(b.data() + odd / 2, bytes * d.b_elements);
  const auto of = [](std::int8_t* memory) { return reinterpret_cast<T*>(memory); };
  T *const left = of(a.data() + odd), *const right = of(b.data() + odd / 2);
  portable::int8_binary(d, left, right, n, of(expected.data()));
  int8_binary(d, left, right, n, of(result.data()));
  return std::memcmp(result.data(), expected.data(), static_cast<std::size_t>(bytes * count)) == 0 &&
         result.intact(bytes * count) && expected.intact(bytes * count);
}

}  // namespace binary_checks

bool check_binary() {
  using namespace binary_checks;
  Draws draw(13);
  for (int i = 0; i < cases(600); ++i)
    if (!report("int8_binary of int8", i, agrees<std::int8_t>(draw))) return false;
  for (int i = 0; i < cases(200); ++i)
    if (!report("int8_binary of int16", i, agrees<std::int16_t>(draw))) return false;
  return true;
}

}  // namespace int8_kernels
