// SPDX-License-Identifier: BSL-1.0
#include "levels.hpp"

#include <algorithm>
#include <runtime/kernels/target.hpp>

Level chosen_level() {
  ++calls();
  Level level{etch::kernels::vector_floats, etch::kernels::integer_lanes, {}};
  for (const char* name : {"sse2", "avx2", "avx512"}) level.names.emplace_back(name);
  std::ranges::sort(level.names);
  return level;
}

float sum_of_squares(const std::vector<float>& x) {
  ++calls();
  std::vector<float> squares(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) squares[i] = x[i] * x[i];
  float sum = 0;
  for (const float s : squares) sum += s;
  const auto* const volatile table = halves;
  return table[0](2 * sum);
}
