// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int16_functions.hpp>
#include <runtime/kernels/portable/requantize.hpp>

#include <functional>
#include <optional>
#include <vector>

/// TensorFlow Lite's preparation of functions of int16.
namespace etch::host::int8 {

/// A table for `kernels::int16_looked_up`: the function at 513 places from `lowest` to `highest`, in steps of
/// `scale`. As the reference makes it, each place gives half of the error of the line after it away.
std::vector<std::int16_t> int16_table(float lowest, float highest, float scale,
                                      const std::function<float(float)>& function);

/// The tables of `kernels::int16_softmax`.
std::vector<std::int16_t> softmax_exp_table();
std::vector<std::int16_t> softmax_inverse_table();
/// What brings the inputs of a softmax to the steps of its table; what it raises beyond them saturates.
/// Nothing where the scale does not fit.
std::optional<kernels::Int8Scale> softmax_scale(float scale, float beta);

/// What brings the inputs of sigmoid and tanh to the steps of their table. Nothing where the scale does not
/// fit.
std::optional<kernels::Int16SigmoidNumbers> sigmoid_numbers(float scale);

}  // namespace etch::host::int8
