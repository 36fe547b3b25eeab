// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/constant_array.hpp>
#include <runtime/kernels/portable/signal_spectrum.hpp>

/// Tables of the signal operators, of int16.
namespace etch::host::int8 {

/// The angles of a transform, as kissfft's fixed point has them: cosine and sine in 1/32767, rounded.
ConstantArray twiddles(const kernels::SignalRfft& rfft);

/// log2(1 + t) - t at t = 0, 1/128 ... 1, in 1/65536.
ConstantArray log_table();

}  // namespace etch::host::int8
