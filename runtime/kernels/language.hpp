// SPDX-License-Identifier: BSL-1.0
#pragma once
// What every header of Etch needs of the compiler, before anything else is read: C++20, floats that are
// computed as they are written, and loops that end as they are written. Headers that include no other of
// Etch's include this one, so each of them does. What a compilation is for is asked in target.hpp instead.

#if __cplusplus < 202002L
#error "Etch needs C++20: compile with -std=c++20 or newer"
// Nothing after the sentence but the end: older languages would make hundreds of errors of what follows.
#include <etch_needs_cpp20>
#endif

#if defined(__FAST_MATH__)
#error \
    "Etch's results are the same bits everywhere, and -ffast-math (also part of -Ofast) changes them: leave it out"
#elif defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "Etch tells NaN and infinity from numbers, which -ffinite-math-only forbids: leave it out"
#elif defined(__ASSOCIATIVE_MATH__)
#error \
    "Etch keeps the order of every sum, which -fassociative-math and -funsafe-math-optimizations change: leave it out"
#elif defined(__RECIPROCAL_MATH__)
#error "Etch's quotients are rounded once, and -freciprocal-math rounds them twice: leave it out"
#elif defined(__NO_SIGNED_ZEROS__)
#error "Etch keeps the sign of zero, which -fno-signed-zeros loses: leave it out"
#endif

// Bit 1: vectors of floats, which compilers make of plain loops. Those of integers stay without it.
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#error "Etch keeps subnormal numbers, which Helium's floats lose: compile with -mcpu=cortex-m55+nomve.fp"
#endif

// 16 is a machine with 16-bit floats: it changes neither float nor double.
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error \
    "Etch needs floats that are rounded after each operation: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

// On Armv8.1-M, GCC counts the rounds of a loop in a register of their own. The count takes the place of the
// loop's comparison even where code behind the loop still asks for that comparison's flags (g++ 12.2 at -Os
// and -O2): what is left over after pairs is then taken always. Macros do not tell Armv8.1-M from Armv8-M,
// where this option has no effect.
#if defined(__GNUC__) && !defined(__clang__) && \
    (defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__))
#pragma GCC optimize("no-branch-count-reg")
#endif
