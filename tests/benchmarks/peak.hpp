// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <ctime>
#include <runtime/kernels/float_kernels.hpp>

namespace etch::benchmarks {

/// Multiplies and adds in registers alone: of the fused instruction, or a product and a sum where there is
/// none. \return how many multiply-adds that were.
inline double multiply_and_add(int rounds) {
  using namespace kernels;
  using T = std::conditional_t<vector::has_form<FusedFloat>, FusedFloat, float>;
  constexpr int n = vector::widest, sums = 12;
  vector::Vector<n> sum[sums] = {}, operand = {};
  for (int r = 0; r < rounds; ++r)
#pragma GCC unroll 12
    for (int k = 0; k < sums; ++k) {
      vector::add_products<T>(operand, operand, sum[k]);
      asm volatile("" : "+v"(sum[k]));
    }
  return 1.0 * n * sums * rounds;
}

/// The best rate of that in a second of processor time.
inline double measure_peak() {
  double best = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::clock_t start = std::clock();
    const double made = multiply_and_add(1 << 18);
    best = std::max(best, made * CLOCKS_PER_SEC / static_cast<double>(std::clock() - start));
  }
  return best;
}

}  // namespace etch::benchmarks
