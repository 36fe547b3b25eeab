// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/depthwise_convolution.hpp>

/// What every target has.
namespace etch::kernels::inline ETCH_TARGET {

using portable::convolve_bias;
using portable::convolve_depthwise;
using portable::convolve_groups;
using portable::convolve_weights;
using portable::dense_backward;
using portable::dense_forward;

}  // namespace etch::kernels::inline ETCH_TARGET
