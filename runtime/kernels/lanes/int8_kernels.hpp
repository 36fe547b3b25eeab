// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_binary.hpp>
#include <runtime/kernels/lanes/int8_convolution.hpp>
#include <runtime/kernels/lanes/int8_depthwise_convolution.hpp>
#include <runtime/kernels/lanes/int8_pool.hpp>

/// What targets with wide vectors of whole numbers have beside the portable kernels.
namespace etch::kernels::inline ETCH_TARGET {

using lanes::int8_binary;
using lanes::int8_convolution;
using lanes::int8_depthwise_convolution;
using lanes::int8_max_pool;
using lanes::int8_paired_convolution;
using lanes::int8_pool;

}  // namespace etch::kernels::inline ETCH_TARGET
