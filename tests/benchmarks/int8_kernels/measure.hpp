// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/common/console.h>
#include <runtime/boards/common/counter.h>

#include <cstdint>

/// What the files of this folder share: each measures one kernel on shapes of published models.
namespace int8_kernels {

/// Input, output, scratch and parameters of whatever is measured; instructions depend on none of the bytes.
alignas(8) inline std::int8_t input[49152], output[49152], scratch[16384], weights[131072];
alignas(8) inline std::int32_t words[2048];

/// Prints: model, layer, multiply-accumulates, instructions.
template <class Run>
void measure(const char* model, const char* layer, long long macs, const Run& run) {
  counter_start();
  const std::uint64_t before = counter_instructions();
  run();
  const std::uint64_t instructions = counter_instructions() - before;
  board_write(model);
  board_write("\t");
  board_write(layer);
  board_write("\t");
  board_write_uint(static_cast<std::uint64_t>(macs));
  board_write("\t");
  board_write_uint(instructions);
  board_write("\n");
}

void measure_convolution();
void measure_depthwise_convolution();
void measure_binary();
void measure_pool();

}  // namespace int8_kernels
