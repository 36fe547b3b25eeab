// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/double_form.hpp>

#include <cstring>

namespace etch::kernels::fused {

namespace detail {
// Two columns in a register.
typedef float TwoFloats __attribute__((vector_size(8)));
typedef double TwoDoubles __attribute__((vector_size(16)));
typedef std::int32_t FourWords __attribute__((vector_size(16)));

[[gnu::always_inline]] inline TwoDoubles load_two(const float* from) {
  TwoFloats two;
  std::memcpy(&two, from, sizeof two);
  return __builtin_convertvector(two, TwoDoubles);
}

/// Not zero in a lane where `rounds_twice`: in its lower word half way between floats, in its upper one below
/// the normal floats. Whole words: SSE2 compares no longer ones. An upper word of zero is one of a zero.
[[gnu::always_inline]] inline FourWords rounds_twice(const TwoDoubles& sum) {
  constexpr auto lost = static_cast<std::int32_t>(lost_bits), half = static_cast<std::int32_t>(half_way);
  constexpr auto normal = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(smallest_normal) >> 32);
  constexpr std::int32_t size = 0x7fffffff, least = -size - 1;
  constexpr FourWords mask{lost, size, lost, size};
  const FourWords words = std::bit_cast<FourWords>(sum) & mask;
  const FourWords half_ways = words == FourWords{half, -1, half, -1};
  return half_ways | ((words < FourWords{least, normal, least, normal}) & (words > 0));
}
}  // namespace detail

/// sums[k] + the n products x[i * x_step] * w[i * w_step + k], one after the other and each step rounded
/// once, for 2 * pairs columns. False where a step may have been rounded twice: then sums are as before.
template <int pairs>
[[gnu::always_inline]] inline bool add_columns_in_double(int n, const float* x, int x_step, const float* w,
                                                         int w_step, float* sums) {
  detail::TwoDoubles sum[pairs];
  detail::FourWords twice{};
#pragma GCC unroll 8
  for (int k = 0; k < pairs; ++k) sum[k] = detail::load_two(sums + 2 * k);
  for (int i = 0; i < n; ++i, x += x_step, w += w_step) {
    const auto xi = static_cast<double>(*x);
    const detail::TwoDoubles both{xi, xi};
#pragma GCC unroll 8
    for (int k = 0; k < pairs; ++k) {
      const detail::TwoDoubles next = both * detail::load_two(w + 2 * k) + sum[k];
      twice |= detail::rounds_twice(next);
      sum[k] = __builtin_convertvector(__builtin_convertvector(next, detail::TwoFloats), detail::TwoDoubles);
    }
  }
  if ((twice[0] | twice[1] | twice[2] | twice[3]) != 0) return false;
#pragma GCC unroll 8
  for (int k = 0; k < pairs; ++k) {
    const auto two = __builtin_convertvector(sum[k], detail::TwoFloats);
    std::memcpy(sums + 2 * k, &two, sizeof two);
  }
  return true;
}

}  // namespace etch::kernels::fused
