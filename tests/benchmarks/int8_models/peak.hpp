// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/int8_kernels.hpp>

namespace etch::benchmarks {

/// Multiplies pairs of 16 bits and adds in registers alone, as the kernels of int8 do. \return how many
/// multiply-adds that were; 0 where the kernels are the portable ones.
inline double multiply_pairs(int rounds) {
#if defined(ETCH_PORTABLE_KERNELS)
  static_cast<void>(rounds);
  return 0;
#else
  namespace lanes = kernels::lanes;
  constexpr int n = kernels::integer_lanes, sums = 12;
  lanes::Words<n> sum[sums] = {};
  lanes::Words<n> operand{};
  for (int r = 0; r < rounds; ++r)
#pragma GCC unroll 12
    for (int k = 0; k < sums; ++k) {
      asm volatile("" : "+v"(operand));  // else a product is made once
      const auto pairs = (lanes::Halves<2 * n>)operand;
      lanes::add_pairs<n>(sum[k], pairs, pairs);
      asm volatile("" : "+v"(sum[k]));
    }
  return 2.0 * n * sums * rounds;
#endif
}

}  // namespace etch::benchmarks
