// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <runtime/host/data/mnist.hpp>

namespace etch::host {

/// Draws handwritten-looking digits, white on black, 28x28, sized and centred as in MNIST: strokes, bent,
/// scaled, sheared, rotated, of random thickness, with noise. Only integer arithmetic is used, so that the
/// same `count` and `seed` give the same bytes on every machine and with every compiler flag.
///
/// Each run of ten images holds every digit once, in random order, and the first images do not depend on
/// `count`. Throws `etch::Error` if `count` is below 1.
ImageSet draw_digits(int count, std::uint32_t seed);

}  // namespace etch::host
