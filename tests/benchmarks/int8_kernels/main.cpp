// SPDX-License-Identifier: BSL-1.0
// Counts the instructions of the int8 kernels on this board; int8_kernels.sh makes tables of them.
#include "measure.hpp"

int main() {
  int8_kernels::measure_convolution();
  int8_kernels::measure_depthwise_convolution();
  int8_kernels::measure_binary();
  int8_kernels::measure_pool();
}
