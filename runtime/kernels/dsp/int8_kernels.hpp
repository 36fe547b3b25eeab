// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int16_convolution.hpp>
#include <runtime/kernels/dsp/int4_convolution.hpp>
#include <runtime/kernels/dsp/int8_binary.hpp>
#include <runtime/kernels/dsp/int8_convolution.hpp>
#include <runtime/kernels/dsp/int8_depthwise_convolution.hpp>
#include <runtime/kernels/dsp/int8_pool.hpp>

/// What cores with Arm's DSP extension have beside the portable kernels.
namespace etch::kernels::inline ETCH_TARGET {

using dsp::int4_convolution;
using dsp::int8_binary;
using dsp::int8_convolution;
using dsp::int8_depthwise_convolution;
using dsp::int8_offset_depthwise_convolution;
using dsp::int8_paired_convolution;
using dsp::int8_pool;

}  // namespace etch::kernels::inline ETCH_TARGET
