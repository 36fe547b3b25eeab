// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// How a product is added to a sum, wherever a kernel of floats does that: the same on every target.
enum class Numerics : std::int32_t {
  separate,  ///< the product is rounded, then the sum
  fused      ///< the sum alone is rounded: one fused multiply-add
};

/// What a target makes a fused multiply-add of. The bits are the same.
enum class FusedForm : std::int32_t {
  instruction,  ///< its own
  doubles,      ///< a product and a sum of doubles, and whole numbers where two roundings may differ from one
  integers      ///< whole numbers: it has no float unit, or none of doubles
};

}  // namespace etch::kernels
