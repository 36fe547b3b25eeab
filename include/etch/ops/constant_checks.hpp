// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/requantize.hpp>

/// What the rules of quantized ops ask of the numbers in their weights: what shifts has to be a shift, what
/// is a number of a type has to be one, and no sum may leave its type, whatever the inputs are.
namespace etch::ops {

constexpr bool is_of_type(std::int32_t number, ElementType type) {
  const std::int32_t half = type == ElementType::i8 ? 128 : 32768;
  return number >= -half && number < half;
}
/// A multiplier and shift for sums of 32 bits.
constexpr bool is_scale(const kernels::Int8Scale& scale) {
  return scale.multiplier >= 0 && scale.shift >= -31 && scale.shift <= 30;
}
/// The same for what sums products of activations of a type: of 64 bits where these are int16.
constexpr bool is_scale(const kernels::Int8Scale& scale, ElementType type) {
  return is_scale(scale) && (type == ElementType::i8 || scale.shift <= 7);
}

inline constexpr const char* wrong_scale = "a quantized step has a multiplier or shift that is out of range";
inline constexpr const char* wrong_zero_point =
    "a quantized step has a zero point or bounds that its type does not have";
inline constexpr const char* wrong_sum = "a quantized step has weights and biases whose sums may overflow";

/// Why these are no bounds and zero points of a type, or null.
constexpr const char* io_fault(ElementType type, const kernels::Int8Io& io) {
  const bool fit = is_of_type(io.input_zero_point, type) && is_of_type(io.output_zero_point, type) &&
                   is_of_type(io.lowest, type) && is_of_type(io.highest, type);
  return fit ? nullptr : wrong_zero_point;
}
/// Why sums cannot be brought to a result by these numbers, or null.
constexpr const char* scaled_fault(ElementType type, int scales, kernels::Int8Scales scale,
                                   const kernels::Int8Io& io) {
  for (int k = 0; k < scales; ++k)
    if (!is_scale(scale[k], type)) return wrong_scale;
  return io_fault(type, io);
}

/// Weights of one sum: `count` of them, `apart` from one to the next.
struct SummedWeights {
  const std::int8_t* first = nullptr;
  int count = 0;
  int apart = 1;
};
/// What they are together, without their signs.
constexpr std::int64_t size_of(const SummedWeights& w) {
  std::int64_t size = 0;
  for (std::int64_t k = 0; k < w.count; ++k) {
    const int weight = w.first[k * w.apart];
    size += weight < 0 ? -weight : weight;
  }
  return size;
}
/// Whether a sum of products of weights of so much size with numbers of at most `largest` in size fits its
/// type, from its bias on.
constexpr bool size_fits(std::int64_t size, std::int64_t bias, std::int64_t largest, std::int64_t limit) {
  return bias >= -limit && bias <= limit && size * largest <= limit - (bias < 0 ? -bias : bias);
}
/// The same for activations of a type: 32 bits for int8, and for int16 what `requantize_wide` takes.
constexpr bool size_fits(ElementType type, std::int64_t size, const void* biases, int k) {
  if (type == ElementType::i8)
    return size_fits(size, static_cast<const std::int32_t*>(biases)[k], 128, INT32_MAX);
  return size_fits(size, static_cast<const kernels::WideBias*>(biases)[k], 32768,
                   (std::int64_t{1} << 47) - 1);
}
constexpr bool sum_fits(const SummedWeights& w, std::int64_t bias, std::int64_t largest, std::int64_t limit) {
  return size_fits(size_of(w), bias, largest, limit);
}
constexpr bool sum_fits(ElementType type, const SummedWeights& w, const void* biases, int k) {
  return size_fits(type, size_of(w), biases, k);
}

/// Whether the bytes that fill up a row of weights are zeros, as kernels that read whole words rely on.
constexpr bool is_filled_up(const std::int8_t* row, int used, int bytes) {
  for (int i = used; i < bytes; ++i)
    if (row[i] != 0) return false;
  return true;
}
inline constexpr const char* wrong_filling = "a quantized step has rows of weights that do not end in zeros";

/// Why a matrix [rows][bytes] of int8 and its biases cannot be summed with numbers of int8, or null.
constexpr const char* rows_fault(const std::int8_t* w, int rows, int used, const std::int32_t* bias,
                                 std::int64_t largest = 128) {
  const int bytes = (used + 3) / 4 * 4;
  for (std::int64_t f = 0; f < rows; ++f) {
    if (!is_filled_up(w + f * bytes, used, bytes)) return wrong_filling;
    if (!sum_fits({w + f * bytes, used}, bias[f], largest, INT32_MAX)) return wrong_sum;
  }
  return nullptr;
}

}  // namespace etch::ops
