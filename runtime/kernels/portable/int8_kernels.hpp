// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int4_convolution.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>
#include <runtime/kernels/portable/int8_pool.hpp>

/// What every target has, of int8 and of int16.
namespace etch::kernels::inline ETCH_TARGET {

using portable::int4_convolution;
using portable::int8_binary;
using portable::int8_convolution;
using portable::int8_depthwise_convolution;
using portable::int8_max_pool;
using portable::int8_offset_depthwise_convolution;
using portable::int8_paired_convolution;
using portable::int8_pool;

}  // namespace etch::kernels::inline ETCH_TARGET
