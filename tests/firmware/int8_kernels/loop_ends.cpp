// SPDX-License-Identifier: BSL-1.0
// What comes behind a loop asks for the comparison that ended it: compilers that count rounds instead must
// not let the count answer (runtime/kernels/language.hpp).
#include "check.hpp"

namespace int8_kernels {
namespace {

/// Threes, at least one, then the last two.
[[gnu::noinline]] int copy_threes(const std::int8_t* x, int count, int* to) {
  int* const begin = to;
  do {
    for (int i = 0; i < 3; ++i) *to++ = *x++;
    count -= 3;
  } while (count > 2);
  if (count == 2) *to++ = *x;
  return static_cast<int>(to - begin);
}

/// Every second of a text, which may end early, and a mark for an odd count.
[[gnu::noinline]] int copy_text(const std::int8_t* x, unsigned count, int* to, int step) {
  int* const begin = to;
  do {
    *to++ = *x;
    x += step;
    if (*x == 0) return -1;
    count -= 2;
  } while (count > 1);
  if (count == 1) *to++ = step;
  return static_cast<int>(to - begin);
}

}  // namespace

bool check_loop_ends() {
  constexpr std::int8_t x[16]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  int y[16];
  for (int count = 3; count < 12; ++count) {
    const int threes = copy_threes(x, count, y), text = copy_text(x, static_cast<unsigned>(count), y, 1);
    if (threes == count / 3 * 3 + (count % 3 == 2 ? 1 : 0) && text == (count + 1) / 2) continue;
    board_write("the compiler loses the comparison that ends a loop\n");
    return false;
  }
  return true;
}

}  // namespace int8_kernels
