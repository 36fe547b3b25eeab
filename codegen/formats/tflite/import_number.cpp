// SPDX-License-Identifier: BSL-1.0
// Functions of one number, searches for the largest, and changes of type.
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <codegen/int8/norms.hpp>
#include <codegen/int8/prelu.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::tflite {

namespace {

using kernels::UnaryKind;

struct RealFunction {
  OperatorKind kind;
  UnaryKind function;
};

constexpr RealFunction real_functions[]{
    {OperatorKind::abs, UnaryKind::absolute}, {OperatorKind::neg, UnaryKind::negate},
    {OperatorKind::log, UnaryKind::log},      {OperatorKind::sqrt, UnaryKind::sqrt},
    {OperatorKind::rsqrt, UnaryKind::rsqrt},  {OperatorKind::square, UnaryKind::square},
    {OperatorKind::ceil, UnaryKind::ceil},    {OperatorKind::floor, UnaryKind::floor},
    {OperatorKind::round, UnaryKind::round},  {OperatorKind::sin, UnaryKind::sin},
    {OperatorKind::cos, UnaryKind::cos},
};

Tensor add_real_function(Context& c, const Tensor& x) {
  switch (c.op().kind) {
    case OperatorKind::exp:
      return c.add_activation(x, ActivationKind::exponential);
    case OperatorKind::elu:
      return c.add_activation(x, ActivationKind::elu);
    case OperatorKind::gelu:
      return c.add_activation(x, c.options().approximate ? ActivationKind::gelu_tanh : ActivationKind::gelu);
    default:
      break;
  }
  const auto* const found = std::ranges::find(real_functions, c.op().kind, &RealFunction::kind);
  return c.add_step(op_code<ops::Unary>, pack(ops::Unary::Attributes{found->function}), x.shape,
                    ElementType::real, {&x, 1});
}

/// The reference's table of a function of floats: each number of int8 is made real, and its result brought to
/// the nearest step with the inverse of the scale, all in float.
int8::Table float_table(const Quantization& from, const Quantization& to, float (*function)(float)) {
  const float inverse = 1.0f / to.scale;
  return int8::make_table([&](std::int32_t x) {
    const float real = function(from.scale * static_cast<float>(x - from.zero_point));
    const float steps = std::round(real * inverse) + static_cast<float>(to.zero_point);
    return static_cast<std::int32_t>(std::isnan(steps) ? 0.0f : std::clamp(steps, -128.0f, 127.0f));
  });
}

/// TensorFlow Lite's SQRT of int8: in float, and cut off instead of rounded. Where it is not defined, below
/// 0, it is that of 0.
int8::Table square_root_table(const Quantization& from, const Quantization& to) {
  return int8::make_table([&](std::int32_t x) {
    const float real = std::sqrt(from.scale * static_cast<float>(std::max(x - from.zero_point, 0)));
    return static_cast<std::int32_t>(std::min(real / to.scale, 255.0f)) + to.zero_point;
  });
}

/// Its LOG: from 0 down, where it is not defined, the lowest number.
int8::Table log_table(const Quantization& from, const Quantization& to) {
  int8::Table table = float_table(from, to, [](float x) { return x > 0.0f ? std::log(x) : 0.0f; });
  for (std::int32_t x = -128; x <= from.zero_point; ++x) table[static_cast<std::uint8_t>(x)] = -128;
  return table;
}

/// The reference's ABS: without a product where both have one scale.
int8::Table absolute_table(const Quantization& from, const Quantization& to) {
  const kernels::Int8Scale scale =
      int8::multiplier(static_cast<double>(from.scale) / static_cast<double>(to.scale), 22);
  return int8::make_table([&](std::int32_t x) {
    const std::int32_t size = std::abs(x - from.zero_point);
    return to.zero_point +
           (from.scale == to.scale ? size : kernels::requantize(size, scale.multiplier, scale.shift));
  });
}

int8::QuantizedStep quantized_function(Context& c, ElementType type) {
  const Quantization from = c.quantization(c.input(0)), to = c.quantization(c.output());
  if (c.op().kind == OperatorKind::rsqrt) return int8::rsqrt(type, from, to);
  if (type == ElementType::i16) {
    c.require(c.op().kind == OperatorKind::abs, "is supported in float32 only");
    return int8::prelu(type, {from, {1, 0}, to}, {-1});
  }
  switch (c.op().kind) {
    case OperatorKind::abs:
      return int8::looked_up(absolute_table(from, to));
    case OperatorKind::exp:
      return int8::looked_up(float_table(from, to, [](float x) { return std::exp(x); }));
    case OperatorKind::sqrt:
      return int8::looked_up(square_root_table(from, to));
    case OperatorKind::log:
      return int8::looked_up(log_table(from, to));
    case OperatorKind::elu:
      return int8::looked_up(
          float_table(from, to, [](float x) { return x < 0.0f ? std::exp(x) - 1.0f : x; }));
    default:
      c.refuse("is supported in float32 only");
  }
}

}  // namespace

void import_number(Context& c) {
  const ElementType type = c.common_type(1);
  c.require_extents(c.output(), c.input(0).shape);
  const Tensor x = c.value(0);
  if (type == ElementType::real) return c.define(add_real_function(c, x));
  c.define(c.add_step(quantized_function(c, type), x.shape, {&x, 1}));
}

/// ARG_MAX and ARG_MIN. Places are real numbers in a model.
void import_arg_max(Context& c) {
  const FileTensor& x = c.input(0);
  c.require(x.kind == ElementKind::float32 || is_int8(x) || is_int16(x),
            "is supported in int8, int16 and float32 only");
  const std::vector<int> axes = c.small_numbers(1);
  c.require(axes.size() == 1, "is damaged: it names no axis");
  const Around at = c.around(x, c.axis_of(x, axes[0]));
  std::vector<int> remaining = x.shape;
  remaining.erase(remaining.begin() + c.axis_of(x, axes[0]));
  c.require_extents(c.output(), remaining);
  const Tensor in = c.value(0, {at.before, at.extent, at.after});
  const kernels::ArgMax arg{at.before, at.extent, at.after, c.op().kind == OperatorKind::arg_min ? 1 : 0, 0};
  c.define_index(
      c.add_step(op_code<ops::ArgMax>, pack(arg), {at.before, at.after}, ElementType::real, {&in, 1}));
}

/// Between types of plain numbers. Whole numbers that are known stay whole; what a search found is real
/// already.
void import_cast(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  const auto counts = [](const FileTensor& t) {
    return t.kind == ElementKind::int32 || t.kind == ElementKind::int64;
  };
  c.require_extents(to, from.shape);
  if (const auto known = c.known_numbers(c.input_number(0))) {
    if (counts(to)) return c.define_numbers(*known);
    std::vector<float> numbers;
    for (const std::int64_t n : *known) numbers.push_back(static_cast<float>(n));
    return c.define_constant(numbers);
  }
  const Tensor x = c.value(0);
  const bool real = c.value(x).type == ElementType::real;
  if (real && counts(from) && counts(to)) return c.define_index(x);
  if (real && to.kind == ElementKind::float32) return c.define(x);
  if (to.kind != ElementKind::float32) return import_integer_cast(c);
  c.require(is_int8(from) && from.scale_count() == 0,
            "is supported between whole numbers, and from uint8, int8 and whole numbers to float32, only");
  c.define(c.add_step(int8::dequantize({1, from.shifted ? -128 : 0}), x.shape, {&x, 1}));
}

}  // namespace etch::host::tflite
