// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

/// Whether this target takes the kernels of this folder where it has no better ones: 32-bit cores do. They
/// need all registers, and in the size mode the portable kernels are smaller.
#if defined(__OPTIMIZE__) && __SIZEOF_POINTER__ == 4 && !defined(ETCH_PORTABLE_KERNELS) && \
    !defined(ETCH_SIZE_KERNELS)
#define ETCH_SCALAR_KERNELS 1
#else
#define ETCH_SCALAR_KERNELS 0
#endif

/// Whether loops are assembly, which needs all 14 registers: Clang keeps one for frames.
#if defined(__thumb2__) && !defined(__clang__)
#define ETCH_THUMB2_LOOPS 1
#else
#define ETCH_THUMB2_LOOPS 0
#endif
