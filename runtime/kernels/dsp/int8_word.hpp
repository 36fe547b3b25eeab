// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/dsp.hpp>

#include <cstdint>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Bytes 0 and 2 as int16, and bytes 1 and 3.
[[gnu::always_inline]] inline std::int32_t even_bytes(std::int32_t word) {
  asm("sxtb16 %0, %0" : "+r"(word));
  return word;
}
[[gnu::always_inline]] inline std::int32_t odd_bytes(std::int32_t word) {
  asm("sxtb16 %0, %0, ror #8" : "+r"(word));
  return word;
}

/// Four weights by four widened taps.
[[gnu::always_inline]] inline std::int32_t multiply_word(std::int32_t weights, const std::int32_t* x,
                                                         std::int32_t sum) {
  asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(even_bytes(weights)), "r"(x[0]));
  asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(odd_bytes(weights)), "r"(x[1]));
  return sum;
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
