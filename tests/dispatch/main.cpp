// SPDX-License-Identifier: BSL-1.0
// The level that is chosen is the machine's, calls count in one variable, and results are the same.
#include "levels.hpp"

#include <algorithm>
#include <cstdio>

int main() {
  const int expected = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                               __builtin_cpu_supports("avx512dq")
                           ? 16
                       : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 8
                                                                                         : 4;
  Level level = chosen_level();
  std::ranges::reverse(level.names);
  std::vector<float> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  const auto* const volatile table = halves;
  const float sum = table[0](2 * sum_of_squares(x));
  std::printf("vectors of %d numbers, %d calls, first of %zu names %s, sum %.0f\n", level.integers, calls(),
              level.names.size(), level.names[0].c_str(), static_cast<double>(sum));
  return level.integers == expected && lanes_of_level() == expected && calls() == 2 &&
                 level.names[0] == "sse2" && sum == 328350
             ? 0
             : 1;
}
