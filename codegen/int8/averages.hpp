// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// Averages of windows, with one quantization for input and result. \param halves_up as uint8 rounds, of
/// which int8 is 128 lower; else away from zero.
QuantizedStep average(const kernels::Pool& pool, ElementType type, const Quantization& of, Bounds bounds,
                      bool halves_up = false);

/// Averages with a quantization of their own, each of as many numbers.
QuantizedStep mean(const kernels::Pool& pool, ElementType type, const Quantization& from,
                   const Quantization& to, Bounds bounds);
/// The same by one rounding, as a mean of floats has.
QuantizedStep mean_rounded_once(const kernels::Pool& pool, ElementType type, const Quantization& from,
                                const Quantization& to, Bounds bounds);
/// Sums of windows, with a quantization of their own.
QuantizedStep sum(const kernels::Pool& pool, ElementType type, const Quantization& from,
                  const Quantization& to, Bounds bounds);

}  // namespace etch::host::int8
