// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

/// What Helium's kernels scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::helium {

constexpr int vectors_of_16(int bytes) { return (bytes + 15) / 16 * 16; }

/// The taps of a pixel, or by turns those of two; windows that do not fall into vectors are first laid out
/// one by one.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  const int patch = vectors_of_16(d.taps());
  const int turns = d.y.out * d.x.out > 1 ? 2 * patch : patch;
  return d.pointwise() || d.channels % 16 == 0 ? turns : 2 * turns;
}

}  // namespace etch::kernels::helium
