// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_multiply_four.hpp>

namespace etch::kernels::scalar::inline ETCH_TARGET {

/// One pixel by four filters, 38 instructions for 16 products. \return where the next filter's weights are
[[gnu::always_inline]] inline const std::int8_t* multiply_filters(const std::int8_t* w, const std::int8_t* x,
                                                                  int row, const std::int32_t* bias,
                                                                  std::int32_t (&sums)[4]) {
  const std::int8_t *w0 = w, *w1 = w0 + row, *w2 = w1 + row, *w3 = w2 + row, *const end = x + row;
  std::int32_t s0 = bias[0], s1 = bias[1], s2 = bias[2], s3 = bias[3];
#if ETCH_ASSEMBLY
  std::int32_t a, b;
  asm volatile(
      ".macro etch_tap\n"
      "ldrsb %[a], [%[x]], #1\n"
      "ldrsb %[b], [%[w0]], #1\n"
      "mla %[s0], %[a], %[b], %[s0]\n"
      "ldrsb %[b], [%[w1]], #1\n"
      "mla %[s1], %[a], %[b], %[s1]\n"
      "ldrsb %[b], [%[w2]], #1\n"
      "mla %[s2], %[a], %[b], %[s2]\n"
      "ldrsb %[b], [%[w3]], #1\n"
      "mla %[s3], %[a], %[b], %[s3]\n"
      ".endm\n"
      "1: etch_tap\n"
      "etch_tap\n"
      "etch_tap\n"
      "etch_tap\n"
      "cmp %[x], %[end]\n"
      "bne 1b\n"
      ".purgem etch_tap\n"
      : [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), [s0] "+r"(s0), [s1] "+r"(s1),
        [s2] "+r"(s2), [s3] "+r"(s3), [a] "=&r"(a), [b] "=&r"(b)
      : [end] "r"(end)
      : "cc", "memory");
#else
  for (; x != end; ++x) {
    s0 += *x * *w0++;
    s1 += *x * *w1++;
    s2 += *x * *w2++;
    s3 += *x * *w3++;
  }
#endif
  sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
  return w3;
}

/// Results of the filters from `first` on.
[[gnu::noinline]] inline void round_sums(const Filters& f, const std::int32_t* sums, int first, int count,
                                         std::int8_t* y) {
  for (int i = 0; i < count; ++i) {
    const Int8Scale& scale = f.scale[(first + i) * f.scale_step];
    y[i] = f.fast ? ChannelRounding(scale, f.io.output_zero_point)(sums[i])
                  : requantize_any(sums[i], scale, f.io);
  }
}

/// One pixel, as bytes filled up to whole words. \param y [filters]
[[gnu::noinline]] inline void multiply_one(const Filters& f, const std::int8_t* x, std::int8_t* y) {
  const std::int8_t* w = f.weights;
  const bool shared = f.fast && f.scale_step == 0;
  const ChannelRounding round =
      shared ? ChannelRounding(*f.scale, f.io.output_zero_point) : ChannelRounding{};
  int filter = 0;
  for (; filter + 4 <= f.count; filter += 4) {
    std::int32_t sums[4];
    w = multiply_filters(w, x, f.row, f.bias + filter, sums);
    if (!shared) {
      round_sums(f, sums, filter, 4, y + filter);
      continue;
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) y[filter + i] = round(sums[i]);
  }
  for (; filter < f.count; ++filter) {
    std::int32_t sum = f.bias[filter];
    for (int i = 0; i < f.row; ++i) sum += x[i] * *w++;
    round_sums(f, &sum, filter, 1, y + filter);
  }
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
