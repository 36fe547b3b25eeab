// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int16_convolution.hpp>
#include <runtime/kernels/dsp/int4_convolution.hpp>
#include <runtime/kernels/mve/int8_binary.hpp>
#include <runtime/kernels/mve/int8_pool.hpp>
#include <runtime/kernels/mve/int8_small_convolution.hpp>
#include <runtime/kernels/mve/int8_small_depthwise_convolution.hpp>

/// The same in the size mode.
namespace etch::kernels::inline ETCH_TARGET {

using dsp::int4_convolution;
using dsp::int8_convolution;
using mve::int8_binary;
using mve::int8_convolution;
using mve::int8_depthwise_convolution;
using mve::int8_max_pool;
using mve::int8_pool;

}  // namespace etch::kernels::inline ETCH_TARGET
