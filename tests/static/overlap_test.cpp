// SPDX-License-Identifier: BSL-1.0
// Results that reach into the input they replace: the planner's arithmetic, on buffers made by hand.
#include <etch/passes/plan.hpp>

namespace {

using namespace etch;

/// Three buffers, each read while the next is written: 100, 60 and 100 bytes.
constexpr auto chain(int reach1, int reach2) {
  detail::Buffers<3> b;
  const int bytes[]{100, 60, 100};
  for (int i = 0; i < 3; ++i) {
    detail::add_buffer(b, bytes[i], i, i + 1);
    b.over[i] = i - 1;
  }
  b.reach[1] = reach1;
  b.reach[2] = reach2;
  b.overlaps = reach1 > 0 || reach2 > 0;
  return b;
}

struct Placed {
  int top = 0;
  int offset[3]{};
};
constexpr Placed placed(int reach1, int reach2, int first, int second, int third) {
  auto b = chain(reach1, reach2);
  const int order[]{first, second, third};
  Placed p;
  p.top = detail::place(b, order);
  for (int i = 0; i < 3; ++i) p.offset[i] = b.offset[i];
  return p;
}

// Apart: two buffers are live at each step.
static_assert(placed(0, 0, 0, 1, 2).top == 160);
// The second begins with its input; the third is larger than what it replaces, so the larger goes first.
static_assert(placed(60, 0, 0, 1, 2).offset[1] == 0);
static_assert(placed(0, 60, 2, 1, 0).offset[1] == 40, "a smaller input stands at the end of its result");
// Whatever the order, no result passes its reach.
template <int R1, int R2>
constexpr bool keeps_clear() {
  const int orders[6][3]{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (const auto& o : orders) {
    const Placed p = placed(R1, R2, o[0], o[1], o[2]);
    const int bytes[]{100, 60, 100}, reach[]{0, R1, R2};
    for (int i = 1; i < 3; ++i)
      if (p.offset[i] + bytes[i] > p.offset[i - 1] + reach[i] && p.offset[i] < p.offset[i - 1] + bytes[i - 1])
        return false;
  }
  return true;
}
static_assert(keeps_clear<0, 0>() && keeps_clear<60, 60>() && keeps_clear<10, 0>() && keeps_clear<0, 37>() &&
              keeps_clear<64, 24>());

/// The second may begin where the first begins, and nowhere else within it.
constexpr Placed placed_at_start(int first, int second, int third) {
  auto b = chain(0, 0);
  b.at_start[1] = b.overlaps = true;
  const int order[]{first, second, third};
  Placed p;
  p.top = detail::place(b, order);
  for (int i = 0; i < 3; ++i) p.offset[i] = b.offset[i];
  return p;
}
static_assert(placed_at_start(0, 1, 2).offset[1] == 0 && placed_at_start(0, 1, 2).top == 160);
static_assert(placed_at_start(0, 2, 1).offset[1] == 100, "the third stands where the first began");
static_assert(placed_at_start(2, 0, 1).offset[1] == 100 && placed_at_start(1, 0, 2).offset[0] == 0);

}  // namespace
