// SPDX-License-Identifier: BSL-1.0
// All of tests/firmware/int8_kernels at once, which takes a third of the time: flags are tried on it.
#include <tests/firmware/int8_kernels/mve.cpp>
#include "../int8_kernels/binary.cpp"
#include "../int8_kernels/convolution.cpp"
#include "../int8_kernels/depth.cpp"
#include "../int8_kernels/depthwise_convolution.cpp"
#include "../int8_kernels/int16_convolution.cpp"
#include "../int8_kernels/int4_convolution.cpp"
#include "../int8_kernels/loop_ends.cpp"
#include "../int8_kernels/main.cpp"
#include "../int8_kernels/pool.cpp"
#include "../int8_kernels/requantize.cpp"
#include "../int8_kernels/softmax.cpp"

static_assert(ETCH_ASSEMBLY == EXPECTED_ASSEMBLY,
              "these flags choose other kernels than docs/kernels.md says");
