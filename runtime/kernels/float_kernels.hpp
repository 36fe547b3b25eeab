// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/float_kernels.hpp>
#include <runtime/kernels/target.hpp>

// The kernels of floats that this compilation takes: those of its row where that has one, which then fits
// float better than the portable template does.
#include ETCH_FLOAT_KERNELS
