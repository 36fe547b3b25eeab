// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_word.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Sums of two filters that are paired (`int8_is_paired`).
struct PairSum {
  std::int32_t first, second;
};

/// 256 times the sum of the second filter from that of both.
[[gnu::always_inline]] inline std::int32_t second_of(std::int32_t both, std::int32_t first) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(both) - static_cast<std::uint32_t>(first)) >> 8;
}

/// One widened pixel by a pair. \param w `8 * words` bytes
[[gnu::always_inline]] inline PairSum multiply_pair(const std::int8_t* w, const std::int32_t* x, int words) {
  std::int32_t first = 0, both = 0;
  for (int k = 0; k < 2 * words; ++k, w += 4) {
    const Pair taps = load_word(w);
    both = smlad(taps, x[k], both);
    first = smlad(sxtb16(taps), x[k], first);
  }
  return {first, second_of(both, first)};
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
