// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

// Which kernels of int8 and 16x8 this compilation takes: the one place that decides it for all ops, so that
// no two of them disagree. All give the bytes of the portable ones.

/// Whether loops may be assembly: that of GCC for Thumb-2. It needs registers that the compiler keeps for
/// itself without optimisation and in code that may lie anywhere, and that Clang always keeps.
/// `ETCH_NO_ASSEMBLY` is for all other reasons: C++ does the same.
#if defined(__thumb2__) && defined(__OPTIMIZE__) && !defined(__clang__) && !defined(__PIC__) && \
    !defined(__ARM_BIG_ENDIAN) && !defined(ETCH_NO_ASSEMBLY) && !defined(ETCH_PORTABLE_KERNELS)
#define ETCH_ASSEMBLY 1
#else
#define ETCH_ASSEMBLY 0
#endif

/// Attributes of a function whose assembly takes all 14 registers, r7 among them: by itself, so that it has
/// no frame pointer even where the rest of the program has.
#if ETCH_ASSEMBLY
#define ETCH_ALL_REGISTERS gnu::noinline, gnu::optimize("omit-frame-pointer")
#else
#define ETCH_ALL_REGISTERS gnu::noinline
#endif

/// Kernels of `mve/`.
#if ETCH_ASSEMBLY && defined(__ARM_FEATURE_MVE)
#define ETCH_HELIUM_KERNELS 1
#else
#define ETCH_HELIUM_KERNELS 0
#endif

/// Kernels of `dsp/`, where there are none of Helium.
#if ETCH_ASSEMBLY && defined(__ARM_FEATURE_DSP)
#define ETCH_DSP_KERNELS 1
#else
#define ETCH_DSP_KERNELS 0
#endif

/// Kernels of `scalar/`, where there are neither: on 32-bit cores, assembly or C++. In the size mode the
/// portable kernels are smaller.
#if defined(__OPTIMIZE__) && __SIZEOF_POINTER__ == 4 && !defined(ETCH_PORTABLE_KERNELS) && \
    !defined(ETCH_SIZE_KERNELS)
#define ETCH_SCALAR_KERNELS 1
#else
#define ETCH_SCALAR_KERNELS 0
#endif
