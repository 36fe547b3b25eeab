// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>
#if ETCH_DSP_KERNELS
#include <runtime/kernels/dsp/integer_dense.hpp>
#else
#include <runtime/kernels/portable/integer_dense.hpp>
#endif

/// The kernels of integer training that this target takes: those of Arm's DSP extension where there is one.
namespace etch::kernels::inline ETCH_TARGET {

#if ETCH_DSP_KERNELS
namespace integer_kernels = dsp;
#else
namespace integer_kernels = portable;
#endif

}  // namespace etch::kernels::inline ETCH_TARGET
