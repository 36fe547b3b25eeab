// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int16_convolution.hpp>
#include <runtime/kernels/dsp/int4_convolution.hpp>
#include <runtime/kernels/mve/int8_binary.hpp>
#include <runtime/kernels/mve/int8_convolution.hpp>
#include <runtime/kernels/mve/int8_depthwise_convolution.hpp>
#include <runtime/kernels/mve/int8_pool.hpp>

/// What cores with Helium have beside the portable kernels. Convolutions of int16 are those of cores with
/// DSP.
namespace etch::kernels::inline ETCH_TARGET {

using dsp::int4_convolution;
using dsp::int8_convolution;
using mve::int8_binary;
using mve::int8_convolution;
using mve::int8_depthwise_convolution;
using mve::int8_max_pool;
using mve::int8_pool;

}  // namespace etch::kernels::inline ETCH_TARGET
