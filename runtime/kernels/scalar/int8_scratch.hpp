// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

/// What scalar kernels scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::scalar {

[[gnu::always_inline]] constexpr bool has_room_for_several(const Int8Convolution& d) {
  return d.y.out * d.x.out >= 4;
}
/// The taps of three or four pixels, or those of one as bytes.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  return has_room_for_several(d) ? 8 * d.row : d.row;
}
/// Those of six.
constexpr int int8_triples_scratch(const Int8Convolution& d) {
  return has_room_for_several(d) ? 16 * d.row : d.row;
}

}  // namespace etch::kernels::scalar
