// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/filters.hpp>

#include <algorithm>

namespace etch::host::int8 {

/// One axis of a transposed convolution as a convolution of stride 1, each window of which gives `stride`
/// places of the result that follow one another: place o takes kernel[k] of input i where o + before = i *
/// stride + k.
struct TransposedAxis {
  int in = 1, out = 1, kernel = 1, stride = 1;
  int before = 0;  ///< places of the first input's kernel that lie before the result; less than `kernel`

  int first_window() const { return before / stride; }
  int last_window() const { return (before + out - 1) / stride; }
  int windows() const { return last_window() - first_window() + 1; }
  /// Inputs that a window sees: those of the kernel, and more where the last would see none.
  int taps() const { return std::max((kernel + stride - 1) / stride, last_window() - in + 2); }
  /// Of those of the first window, how many lie before the input.
  int top() const { return taps() - 1 - first_window(); }
  /// Places of the first window that lie before the result.
  int skipped() const { return before % stride; }
  /// Which part of the kernel a window's tap multiplies for its place `phase`: `kernel` and more are none.
  int part(int tap, int phase) const { return (taps() - 1 - tap) * stride + phase; }
};

/// The filters of that convolution: those of each place of a window after those of another, row by row.
/// \param given [filters][height][width][channels], with biases and scales. \param nothing a weight of 0.
Filters transposed_filters(const Filters& given, const TransposedAxis& rows, const TransposedAxis& columns,
                           int channels, std::int8_t nothing);

}  // namespace etch::host::int8
