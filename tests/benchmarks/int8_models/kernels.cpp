// SPDX-License-Identifier: BSL-1.0
// KERNELS names this compilation.
#include "kernels.hpp"

#include <runtime/kernels/int8_kernels.hpp>

namespace {

using namespace etch;

void run(const ProgramView& program, int steps, const Regions& regions) {
  interpret<float>(program, 0, steps, {.rows = 1}, regions);
}

#if !defined(ETCH_PORTABLE_KERNELS)
long long peak(int rounds) {
  constexpr int n = kernels::integer_lanes, sums = 12;
  namespace lanes = kernels::lanes;
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
  return 2LL * n * sums * rounds;
}
#else
long long peak(int) { return 0; }
#endif

}  // namespace

#define TEXT_2(name) #name
#define TEXT(name) TEXT_2(name)
extern const int8_models::Kernels KERNELS;
const int8_models::Kernels KERNELS{TEXT(KERNELS), run, peak};
