// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

/// What scalar kernels scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::scalar {

/// The taps of four pixels, two in a word, or those of one as bytes.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  return d.y.out * d.x.out >= 4 ? 8 * d.row : d.row;
}

}  // namespace etch::kernels::scalar
