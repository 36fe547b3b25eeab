// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_binary.hpp>
#include <runtime/kernels/scalar/int8_convolution.hpp>
#include <runtime/kernels/scalar/int8_depthwise_convolution.hpp>

/// What 32-bit cores without instructions for several bytes at once have beside the portable kernels.
namespace etch::kernels::inline ETCH_TARGET {

using dsp::int8_binary;
using scalar::int8_convolution;
using scalar::int8_depthwise_convolution;

}  // namespace etch::kernels::inline ETCH_TARGET
