// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstring>
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels::inline ETCH_TARGET {

/// The taps of a window that lie in the data, along one axis: from `first` up to `end`.
struct Int8Inside {
  int first, end;
};

/// Where a window begins; its taps may lie outside the data.
struct WindowPlace {
  int top = 0, left = 0;
};

constexpr Int8Inside int8_inside(const Int8Axis& a, int at) {
  const auto taps_before = [&](int position) {  // how many taps lie before this position
    const int taps = position <= at ? 0 : (position - at + a.dilation - 1) / a.dilation;
    return taps < a.kernel ? taps : a.kernel;
  };
  return {taps_before(0), taps_before(a.in)};
}

/// Calls `run(from, tap, taps)` for taps of the window at (top, left) that lie one behind the other in the
/// data.
template <class Run>
[[gnu::always_inline]] inline void walk_window(const Int8Convolution& d, const std::int8_t* x, int top,
                                               int left, const Int8Inside& rows, const Int8Inside& columns,
                                               const Run& run) {
  const bool dense = d.x.dilation == 1;
  for (int ky = rows.first; ky < rows.end; ++ky)
    for (int kx = columns.first; kx < columns.end; kx += dense ? columns.end : 1)
      run(x + ((top + ky * d.y.dilation) * d.x.in + left + kx * d.x.dilation) * d.channels,
          ky * d.x.kernel + kx, dense ? columns.end - columns.first : 1);
}

/// One window as bytes.
[[gnu::noinline]] inline void copy_window(const Int8Convolution& d, const std::int8_t* x, int top, int left,
                                          std::int32_t zero_point, std::int8_t* to) {
  std::memset(to, zero_point, static_cast<unsigned>(d.row));
  walk_window(d, x, top, left, int8_inside(d.y, top), int8_inside(d.x, left),
              [&](const std::int8_t* from, int tap, int taps) {
                std::int8_t* at = to + tap * d.channels;
                for (int bytes = taps * d.channels; bytes > 0; --bytes) {
                  *at++ = *from++;
                  asm volatile("");  // no call of memcpy for so few
                }
              });
}

}  // namespace etch::kernels::inline ETCH_TARGET
