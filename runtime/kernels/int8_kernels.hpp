// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/int8_scratch.hpp>
#include <runtime/kernels/portable/int8_kernels.hpp>
#include <runtime/kernels/target.hpp>

// The kernels of int8 and 16x8 that this compilation takes: those of its row where that has one, which then
// fits int8 or int16 better than the portable template does.
#include ETCH_INT8_KERNELS

static_assert(static_cast<int>(etch::kernels::kernel_set) <
                  static_cast<int>(sizeof etch::kernels::int8_scratch / sizeof(etch::kernels::Int8Scratch)),
              "int8_scratch.hpp says nothing of what these kernels scribble on");
