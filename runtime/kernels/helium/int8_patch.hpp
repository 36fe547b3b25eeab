// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <arm_mve.h>

#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels::helium {

/// Copies `n` bytes, none if n is 0, `step` bytes from 16 to the next 16.
template <int step = 16>
[[gnu::always_inline]] inline void copy(std::int8_t* to, const std::int8_t* from, int n) {
  asm volatile(
      "wlstp.8 lr, %[n], 2f\n"
      "1:\n\t"
      "vldrb.8 q0, [%[from]], #16\n\t"
      "vstrb.8 q0, [%[to]], %[step]\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to), [from] "+r"(from)
      : [n] "r"(n), [step] "i"(step)
      : "lr", "q0", "cc", "memory");
}

template <int step = 16>
[[gnu::always_inline]] inline void fill(std::int8_t* to, int value, int n) {
  const int8x16_t v = vdupq_n_s8(static_cast<std::int8_t>(value));
  asm volatile(
      "wlstp.8 lr, %[n], 2f\n"
      "1:\n\t"
      "vstrb.8 %q[v], [%[to]], %[step]\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to)
      : [n] "r"(n), [v] "w"(v), [step] "i"(step)
      : "lr", "cc", "memory");
}

/// The taps of one window in the order of the weights; those outside read `outside`. Where `step` is not 16,
/// channels are multiples of 16.
template <int step>
[[gnu::always_inline]] inline void gather_window(const Int8Convolution& d, const std::int8_t* x, int top,
                                                 int left, int outside, std::int8_t* to) {
  const auto place = [&](int bytes) { return to + bytes / 16 * step + bytes % 16; };
  const int columns = d.x.dilation == 1 ? d.x.kernel : 1;  // neighbours in a row are neighbours in memory
  const bool within = left >= 0 && left + (d.x.kernel - 1) * d.x.dilation < d.x.in;
  for (int ky = 0, at = 0; ky < d.y.kernel; ++ky) {
    const int iy = top + ky * d.y.dilation;
    if (iy < 0 || iy >= d.y.in) {
      fill<step>(place(at), outside, d.x.kernel * d.channels);
      at += d.x.kernel * d.channels;
      continue;
    }
    for (int kx = 0; kx < d.x.kernel; kx += columns) {
      const int first = left + kx * d.x.dilation;
      const std::int8_t* const from = x + (iy * d.x.in + first) * d.channels;
      int before = 0, inside = columns;
      if (!within) {
        before = first < 0 ? (-first < columns ? -first : columns) : 0;
        const int end = d.x.in - first < columns ? d.x.in - first : columns;
        inside = end > before ? end - before : 0;
        fill<step>(place(at), outside, before * d.channels);
        const int rest = (before + inside) * d.channels;
        fill<step>(place(at + rest), outside, columns * d.channels - rest);
      }
      copy<step>(place(at + before * d.channels), from + before * d.channels, inside * d.channels);
      at += columns * d.channels;
    }
  }
}

/// The `n` bytes at `from`, and zeros up to a multiple of 16.
[[gnu::always_inline]] inline void pad_to_vectors(const std::int8_t* from, int n, std::int8_t* to) {
  for (int i = 0; i < n; i += 16)
    vst1q_s8(to + i, vldrbq_z_s8(from + i, vctp8q(static_cast<std::uint32_t>(n - i))));
}

/// The `n` bytes at each of two places, 16 of one and 16 of the other by turns, the last filled with zeros.
[[gnu::always_inline]] inline void interleave(const std::int8_t* a, const std::int8_t* b, int n,
                                              std::int8_t* to) {
  for (int i = 0; i < n; i += 16, to += 32) {
    const mve_pred16_t p = vctp8q(static_cast<std::uint32_t>(n - i));
    vst1q_s8(to, vldrbq_z_s8(a + i, p));
    vst1q_s8(to + 16, vldrbq_z_s8(b + i, p));
  }
}

}  // namespace etch::kernels::helium
