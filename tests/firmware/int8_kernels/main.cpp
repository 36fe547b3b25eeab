// SPDX-License-Identifier: BSL-1.0
// The kernels of int8 and 16x8 of this core give the bytes of the portable ones, over random shapes, and
// softmax those of the desktop.
#include "check.hpp"

int main() {
  using namespace int8_kernels;
  bool good = check_loop_ends();
  good = check_requantize() && good;
  good = check_mve_requantize() && good;
  good = check_convolution() && good;
  good = check_int4_convolution() && good;
  good = check_int16_convolution() && good;
  good = check_depthwise_convolution() && good;
  good = check_binary() && good;
  good = check_pool() && good;
  good = check_depth() && good;
  good = check_softmax() && good;
  if (good) board_write("int8 kernels ok\n");
  return good ? 0 : 1;
}
