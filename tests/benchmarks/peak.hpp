// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <ctime>
#include <runtime/kernels/float_kernels.hpp>

namespace etch::benchmarks {

/// Multiply-adds a second of processor time that registers alone make, of the fused instruction, or of a
/// product and a sum where there is none.
inline double measure_peak() {
  using namespace kernels;
  using T = std::conditional_t<vector::has_form<FusedFloat>, FusedFloat, float>;
  constexpr int n = vector::widest, sums = 12, rounds = 1 << 18;
  vector::Vector<n> sum[sums] = {}, operand = {};
  double best = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::clock_t start = std::clock();
    for (int r = 0; r < rounds; ++r)
#pragma GCC unroll 12
      for (int k = 0; k < sums; ++k) {
        vector::add_products<T>(operand, operand, sum[k]);
        asm volatile("" : "+v"(sum[k]));
      }
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    best = std::max(best, 1.0 * n * sums * rounds / seconds);
  }
  return best;
}

}  // namespace etch::benchmarks
