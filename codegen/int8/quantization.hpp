// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <runtime/kernels/portable/activation_kind.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>
#include <runtime/kernels/portable/requantize.hpp>

#include <array>
#include <functional>
#include <limits>
#include <optional>

/// TensorFlow Lite's preparation of quantized operators: real multipliers become fixed-point ones, functions
/// of one int8 become tables. All of it is done once, at import.
namespace etch::host::int8 {

/// A real factor, at least 0, as a 31-bit multiplier and a shift. Nothing where the factor is not finite or
/// 2^30 and more.
std::optional<kernels::Int8Scale> quantized_multiplier(double real);

/// Stored numbers that a result is held between.
struct Bounds {
  std::int32_t lowest = -128, highest = 127;
  bool operator==(const Bounds&) const = default;
};
/// All numbers of int8 or int16.
constexpr Bounds all_numbers(ElementType type) {
  return type == ElementType::i16 ? Bounds{-32768, 32767} : Bounds{};
}
/// The same in real numbers: those of a fused activation.
struct RealBounds {
  float lowest = -std::numeric_limits<float>::infinity(), highest = std::numeric_limits<float>::infinity();
};
constexpr RealBounds real_bounds(ActivationKind kind) {
  return kind == ActivationKind::relu    ? RealBounds{.lowest = 0}
         : kind == ActivationKind::relu6 ? RealBounds{0, 6}
                                         : RealBounds{};
}
/// What they leave of a type's numbers.
Bounds stored_bounds(const RealBounds& real, const Quantization& result, ElementType type);

/// A real number as the nearest one of a type; NaN as 0.
std::int32_t stored(double real, const Quantization& q, ElementType type);

/// A table of a function of the stored input, in the order of `ops::Int8Table`. What the function gives is
/// kept within int8.
using Table = std::array<std::int8_t, 256>;
Table make_table(const std::function<std::int32_t(std::int32_t)>& function);

/// Tables of the reference's integer arithmetic; nothing where a scale does not fit it.
std::optional<Table> requantize_table(const Quantization& from, const Quantization& to, Bounds bounds);
std::optional<Table> logistic_table(const Quantization& from);
std::optional<Table> tanh_table(const Quantization& from);
std::optional<Table> hard_swish_table(const Quantization& from, const Quantization& to);
std::optional<Table> leaky_relu_table(const Quantization& from, const Quantization& to, float alpha);
Table relu6_table(const Quantization& of);
Table clamp_table(Bounds bounds);

std::optional<kernels::Int8SoftmaxNumbers> softmax_numbers(float scale, float beta);
/// The factor with which a softmax of int8 takes inputs of this scale: 1, but for steps of less than 2^-26,
/// which are none to it, what raises them.
float softmax_factor(float scale);

/// What `kernels::Int8LstmWeights` reads of the sigmoid.
std::array<std::uint16_t, 256> sigmoid_table();

/// The scale of a mean over `count` numbers, which holds the division.
std::optional<kernels::Int8Scale> mean_scale(const Quantization& from, const Quantization& to,
                                             std::int64_t count);

}  // namespace etch::host::int8
