// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_requantize.hpp>

namespace etch::kernels::cortex_m {

/// Where sums become results: of channels side by side, or of one channel.
struct SmallResults {
  const std::int32_t* bias;
  const Int8Scale* scale;
  int bias_step, scale_step;
  const Int8Io* io;
  std::int8_t* y;
  int y_step;
};

/// \param sum without the bias. \param count above 0
[[gnu::always_inline]] inline void put_results(const SmallResults& r, const std::int32_t* sum, int count) {
  const std::int32_t zero_point = r.io->output_zero_point, lowest = r.io->lowest, highest = r.io->highest;
  const std::int32_t* bias = r.bias;
  const Int8Scale* scale = r.scale;
  std::int8_t* y = r.y;
  do {
    const std::int32_t raw = *bias + *sum++;
    std::int32_t result = rounds_twice(*scale) ? requantize_scaled(raw, *scale, zero_point)
                                               : std::int32_t{requantize_any(raw, *scale, *r.io)};
    result = result < lowest ? lowest : result;
    result = result > highest ? highest : result;
    *y = static_cast<std::int8_t>(result);
    bias += r.bias_step;
    scale += r.scale_step;
    y += r.y_step;
  } while (--count > 0);
}

}  // namespace etch::kernels::cortex_m
