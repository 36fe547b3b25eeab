// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <arm_mve.h>

#include <runtime/kernels/mve/int8_dot.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

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

/// `rows` rows of at most 16 bytes, those written `to_step` bytes apart.
[[gnu::always_inline]] inline void copy_rows(std::int8_t* to, int to_step, const std::int8_t* from, int step,
                                             int rows, int bytes) {
  asm volatile(
      "vctp.8 %[bytes]\n\t"
      "dls lr, %[rows]\n"
      "1:\n\t"
      "vpstt\n\t"
      "vldrbt.8 q0, [%[from]]\n\t"
      "vstrbt.8 q0, [%[to]]\n\t"
      "add %[from], %[from], %[step]\n\t"
      "add %[to], %[to], %[to_step]\n\t"
      "le lr, 1b"
      : [to] "+r"(to), [from] "+r"(from)
      : [step] "r"(step), [to_step] "r"(to_step), [rows] "r"(rows), [bytes] "r"(bytes)
      : "lr", "q0", "p0", "cc", "memory");
}

/// A dilated window, tap by tap.
template <int step>
[[gnu::noinline]] inline void gather_dilated(const Int8Convolution& d, const std::int8_t* x, int top,
                                             int left, int outside, std::int8_t* to) {
  for (int ky = 0, at = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx, at += d.channels) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      std::int8_t* const tap = to + at / 16 * step + at % 16;
      if (iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in)
        copy<step>(tap, x + (iy * d.x.in + ix) * d.channels, d.channels);
      else
        fill<step>(tap, outside, d.channels);
    }
}

/// The taps of one window in the order of the weights; those outside read `outside`. Where `step` is not 16,
/// channels are multiples of 16.
template <int step>
[[gnu::always_inline]] inline void gather_window(const Int8Convolution& d, const std::int8_t* x, int top,
                                                 int left, int outside, std::int8_t* to) {
  if (d.x.dilation * d.y.dilation > 1) return gather_dilated<step>(d, x, top, left, outside, to);
  const int first_row = top < 0 ? -top : 0, first_column = left < 0 ? -left : 0;
  const int last_row = top + d.y.kernel > d.y.in ? d.y.in - top : d.y.kernel;
  const int last_column = left + d.x.kernel > d.x.in ? d.x.in - left : d.x.kernel;
  const int rows = last_row - first_row, columns = last_column - first_column;
  if (rows < d.y.kernel || columns < d.x.kernel) {
    fill<step>(to, outside, d.taps());
    if (rows <= 0 || columns <= 0) return;
  }
  const int run = d.x.kernel * d.channels, bytes = columns * d.channels, row_bytes = d.x.in * d.channels;
  const std::int8_t* from = x + ((top + first_row) * d.x.in + left + first_column) * d.channels;
  int at = first_row * run + first_column * d.channels;
  if (step == 16 && run <= 16) return copy_rows(to + at, run, from, row_bytes, rows, bytes);
  for (int k = 0; k < rows; ++k, from += row_bytes, at += run)
    copy<step>(to + at / 16 * step + at % 16, from, bytes);
}

/// The taps at `from`, and zeros up to a multiple of 16.
[[gnu::always_inline]] inline void pad_to_vectors(const std::int8_t* from, Taps taps, std::int8_t* to) {
  asm volatile(
      "vctp.8 %[last]\n\t"
      "wls lr, %[full], 2f\n"
      "1:\n\t"
      "vldrb.8 q0, [%[from]], #16\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "le lr, 1b\n"
      "2:\n\t"
      "vpst\n\t"
      "vldrbt.8 q0, [%[from]]\n\t"
      "vstrb.8 q0, [%[to]]"
      : [to] "+r"(to), [from] "+r"(from)
      : [full] "r"(taps.full), [last] "r"(taps.last)
      : "lr", "q0", "p0", "cc", "memory");
}

/// The taps at each of two places, 16 of one and 16 of the other by turns, the last filled up with zeros.
[[gnu::always_inline]] inline void interleave(const std::int8_t* a, const std::int8_t* b, Taps taps,
                                              std::int8_t* to) {
  asm volatile(
      "vctp.8 %[last]\n\t"
      "wls lr, %[full], 2f\n"
      "1:\n\t"
      "vldrb.8 q0, [%[a]], #16\n\t"
      "vldrb.8 q1, [%[b]], #16\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "vstrb.8 q1, [%[to]], #16\n\t"
      "le lr, 1b\n"
      "2:\n\t"
      "vpstt\n\t"
      "vldrbt.8 q0, [%[a]]\n\t"
      "vldrbt.8 q1, [%[b]]\n\t"
      "vstrb.8 q0, [%[to]]\n\t"
      "vstrb.8 q1, [%[to], #16]"
      : [to] "+r"(to), [a] "+r"(a), [b] "+r"(b)
      : [full] "r"(taps.full), [last] "r"(taps.last)
      : "lr", "q0", "q1", "p0", "cc", "memory");
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
