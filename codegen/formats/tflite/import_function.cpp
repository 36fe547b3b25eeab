// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/binary.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <etch/layers/merge.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace etch::host::tflite {

namespace {

kernels::BinaryKind binary_kind(OperatorKind kind) {
  return kind == OperatorKind::add   ? kernels::BinaryKind::add
         : kind == OperatorKind::sub ? kernels::BinaryKind::subtract
                                     : kernels::BinaryKind::multiply;
}

/// From bytes to bytes. Stored ones without a sign are 128 above those with one.
int8::Table byte_table(const FileTensor& from, const Quantization& p, const FileTensor& to,
                       const Quantization& q) {
  const auto scale = int8::multiplier(static_cast<double>(p.scale) / static_cast<double>(q.scale), 22);
  return int8::make_table([&](std::int32_t stored) {
    const std::int32_t number = from.kind == ElementKind::uint8 ? static_cast<std::uint8_t>(stored) : stored;
    const std::int32_t result =
        kernels::requantize(number - p.zero_point, scale.multiplier, scale.shift) + q.zero_point;
    if (to.kind != ElementKind::uint8) return result;
    return std::int32_t{static_cast<std::int8_t>(std::clamp(result, 0, 255))};
  });
}

void import_int16_function(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  const Tensor x = c.value(0);
  if (c.op().kind == OperatorKind::relu) {
    const int8::Bounds bounds = int8::stored_bounds({.lowest = 0}, c.quantization(to), ElementType::i16);
    return c.define(
        c.add_step(int8::requantize(c.quantization(from), c.quantization(to), ElementType::i16, bounds, 14),
                   x.shape, {&x, 1}));
  }
  c.require(c.op().kind == OperatorKind::logistic || c.op().kind == OperatorKind::tanh,
            "is supported in int8 and float32 only");
  c.require(c.quantization(to).scale == 1.0f / 32768,
            "is supported with int16 results of scale 1/32768 only");
  c.define(c.add_step(int8::gate(c.op().kind == OperatorKind::tanh, c.quantization(from)), x.shape, {&x, 1}));
}

}  // namespace

void import_binary(Context& c) {
  if (is_word(c.output())) return import_word_binary(c);
  const ElementType type = c.common_type(2);
  const bool real = type == ElementType::real, wide = type == ElementType::i16;
  const kernels::BinaryKind kind = binary_kind(c.op().kind);
  int a = 0, b = 1;
  if (c.input(a).constant()) {
    c.require(kind != kernels::BinaryKind::subtract, "takes away from a constant, which is not supported");
    std::swap(a, b);
  }
  const FileTensor &left = c.input(a), &right = c.input(b);
  const Shape out = etch::detail::broadcast_shape(c.sample_shape(left), c.sample_shape(right));
  c.require(out.rank > 0, "is damaged: the shapes of its inputs do not fit");
  c.require_extents(c.output(), {out.dim.begin(), out.dim.begin() + out.rank});
  const auto extents = etch::detail::four_extents(out);
  const auto attributes = kernels::broadcast(kind, 1, extents, c.four_extents(left), c.four_extents(right));
  std::vector<Tensor> inputs{c.value(a)};
  std::optional<ConstantArray> constant;
  if (!right.constant())
    inputs.push_back(c.value(b));
  else
    constant = real ? constant_of(c.floats(right), ElementType::real) : c.whole_constant(right);
  c.require(!wide || kind == kernels::BinaryKind::multiply || !c.options().power_scales,
            "asks for sums of scales that are powers of two, which are not supported");
  if (real) {
    const bool plain =
        kind == kernels::BinaryKind::add && c.sample_shape(left) == c.sample_shape(right) && !constant;
    const Tensor y =
        plain ? c.add_step(op_code<ops::Add>, pack(ops::Add::Attributes{}), out, ElementType::real, inputs)
              : c.add_step(op_code<ops::Binary>, pack(attributes), out, ElementType::real, inputs,
                           constant ? std::vector{*constant} : std::vector<ConstantArray>());
    return c.define(c.apply_fused(y));
  }

  c.define(c.add_step(int8::binary(attributes, type,
                                   {c.quantization(left), c.quantization(right), c.quantization(c.output())},
                                   c.bounds_of(c.output()), 1, std::move(constant)),
                      out, inputs));
}

void import_function(Context& c) {
  const ElementType type = c.common_type(1);
  c.require_extents(c.output(), c.input(0).shape);
  if (type == ElementType::i16) return import_int16_function(c);
  const Tensor x = c.value(0);
  if (type == ElementType::real) {
    const ActivationKind kind = c.op().kind == OperatorKind::logistic ? ActivationKind::sigmoid
                                : c.op().kind == OperatorKind::tanh   ? ActivationKind::tanh
                                : c.op().kind == OperatorKind::relu   ? ActivationKind::relu
                                : c.op().kind == OperatorKind::relu6  ? ActivationKind::relu6
                                                                      : ActivationKind::hard_silu;
    if (c.op().kind != OperatorKind::leaky_relu) return c.define(c.add_activation(x, kind));
    c.require(std::isfinite(c.options().alpha), "has a slope that is not a finite number");
    const ops::ParametricActivation::Attributes leaky{kernels::ParametricFunction::relu, c.options().alpha,
                                                      std::numeric_limits<float>::infinity(), 0};
    return c.define(
        c.add_step(op_code<ops::ParametricActivation>, pack(leaky), x.shape, ElementType::real, {&x, 1}));
  }
  const Quantization from = c.quantization(c.input(0)), to = c.quantization(c.output());
  std::optional<int8::Table> table;
  switch (c.op().kind) {
    case OperatorKind::logistic:
      c.require(to == Quantization{1.0f / 256, -128},
                "is supported with results of scale 1/256 and zero point -128 only");
      table = int8::logistic_table(from);
      break;
    case OperatorKind::tanh:
      c.require(to == Quantization{1.0f / 128, 0},
                "is supported with results of scale 1/128 and zero point 0 only");
      table = int8::tanh_table(from);
      break;
    case OperatorKind::relu:
      table = int8::requantize_table(from, to, int8::stored_bounds({.lowest = 0}, to, type));
      break;
    case OperatorKind::relu6:
      c.require_same_quantization(c.input(0), c.output());
      table = int8::relu6_table(from);
      break;
    case OperatorKind::leaky_relu:
      table = int8::leaky_relu_table(from, to, c.options().alpha);
      break;
    default:
      table = int8::hard_swish_table(from, to);
  }
  if (!table) c.refuse("has a scale that is not supported");
  c.define(c.add_step(int8::looked_up(*table), x.shape, {&x, 1}));
}

void import_softmax(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  c.require(!from.shape.empty() && from.shape == to.shape,
            "is damaged: its result has another shape than its input");
  const Tensor x = c.value(0);
  if (from.kind == ElementKind::float32 && to.kind == from.kind) {
    c.require(c.options().beta == 1, "is supported with beta 1 only");
    return c.define(c.add_activation(x, ActivationKind::softmax));
  }
  const Quantization q = c.quantization(to);
  const auto near = [&](float steps) { return std::abs(q.scale * steps - 1) < 0.001f; };
  if (is_int16(from) && is_int16(to)) {
    c.require_symmetric(from);
    c.require(q.zero_point == 0 && near(32768),
              "has a result of another scale or zero point than softmax has");
  } else {
    c.require(is_int8(from) && (is_int8(to) || is_int16(to)),
              "is supported from int8 to int8 or int16, in int16, and in float32, only");
    c.require(is_int16(to) ? q.zero_point == -32768 && near(65536) : q == Quantization{1.0f / 256, -128},
              "has a result of another scale or zero point than softmax has");
  }
  const auto step = int8::softmax(element_type(from.kind), element_type(to.kind), c.quantization(from).scale,
                                  c.options().beta, from.shape.back());
  c.define(c.add_step(step, x.shape, {&x, 1}));
}

void import_quantize(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  c.require_extents(to, from.shape);
  const Tensor x = c.value(0);
  const Quantization q = c.quantization(to);
  if (from.kind == ElementKind::float32) {
    c.require(is_int8(to) || is_int16(to), "is supported to int8 and int16 only");
    return c.define(c.add_step(int8::quantize(q, element_type(to.kind)), x.shape, {&x, 1}));
  }
  const Quantization p = c.quantization(from);
  const auto is_byte = [](const FileTensor& t) {
    return t.kind == ElementKind::int8 || t.kind == ElementKind::uint8;
  };
  if (is_byte(from) && is_byte(to)) {
    const int8::Table table = byte_table(from, p, to, q);
    return c.define(c.add_step(int8::looked_up(table), x.shape, {&x, 1}));
  }
  if (is_int16(from)) {
    const bool widest = to.kind == ElementKind::int32;
    c.require(widest || is_int8(to) || is_int16(to), "is supported from int16 to int8, int16 and int32 only");
    const ElementType type = element_type(to.kind);
    const int8::Bounds all = widest ? int8::Bounds{INT32_MIN, INT32_MAX} : int8::all_numbers(type);
    return c.define(c.add_step(int8::requantize(p, q, type, all, 12), x.shape, {&x, 1}));
  }
  c.refuse("is supported from float32, int16 and int8 to int8 only: it takes " +
           std::string(name_of(from.kind)) + " and gives " + name_of(to.kind));
}

void import_dequantize(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  c.require((is_int8(from) || is_int16(from)) && to.kind == ElementKind::float32,
            "is supported from int8 and int16 to float32 only");
  c.require_extents(to, from.shape);
  const Tensor x = c.value(0);
  const Quantization q = c.quantization(from);
  c.define(c.add_step(int8::dequantize(q), x.shape, {&x, 1}));
}

}  // namespace etch::host::tflite
