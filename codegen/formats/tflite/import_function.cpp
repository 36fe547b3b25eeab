// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <codegen/int8/prelu.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace etch::host::tflite {

namespace {

/// Holds numbers of int16 between those that stand for 0 and 6, which have one quantization.
Tensor bounded_by_six(Context& c, const Tensor& x) {
  const int8::Bounds six = int8::stored_bounds({0, 6}, c.quantization(c.output()), ElementType::i16);
  return c.add_step(int8::bounded(ElementType::i16, six), x.shape, {&x, 1});
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
  if (c.op().kind == OperatorKind::relu6) {
    c.require_same_quantization(from, to);
    return c.define(bounded_by_six(c, x));
  }
  if (c.op().kind == OperatorKind::leaky_relu)
    return c.define(c.add_step(
        int8::leaky_relu(ElementType::i16, c.quantization(from), c.quantization(to), c.options().alpha),
        x.shape, {&x, 1}));
  c.require(c.op().kind == OperatorKind::logistic || c.op().kind == OperatorKind::tanh,
            "is supported in int8 and float32 only");
  c.require(c.quantization(to).scale == 1.0f / 32768,
            "is supported with int16 results of scale 1/32768 only");
  c.define(c.add_step(int8::gate(c.op().kind == OperatorKind::tanh, c.quantization(from)), x.shape, {&x, 1}));
}

}  // namespace

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
  // TensorFlow Lite computes these of uint8 in real numbers.
  if (c.output().shifted && (c.op().kind == OperatorKind::logistic || c.op().kind == OperatorKind::tanh)) {
    const bool tanh = c.op().kind == OperatorKind::tanh;
    return c.define(
        c.add_step(int8::function(type, from, to,
                                  [&](double v) { return tanh ? std::tanh(v) : 1 / (1 + std::exp(-v)); }),
                   x.shape, {&x, 1}));
  }
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
  if (is_int8(from) && is_int8(to))
    return c.define(c.add_step(int8::requantize_int8(p, q), x.shape, {&x, 1}));
  const bool to_word = to.kind == ElementKind::int32, from_word = from.kind == ElementKind::int32;
  if ((from_word && to_word) || !(is_int8(from) || is_int16(from) || from_word) ||
      !(is_int8(to) || is_int16(to) || to_word))
    c.refuse("is supported from float32, and between int8, int16 and int32, only: it takes " +
             std::string(name_of(from.kind)) + " and gives " + name_of(to.kind));
  c.require(c.value(x).type == element_type(from.kind), "takes places that a search gave");
  const ElementType type = element_type(to.kind);
  const int8::Bounds all = to_word ? int8::Bounds{INT32_MIN, INT32_MAX} : int8::all_numbers(type);
  c.define(c.add_step(int8::requantize(p, q, type, all, is_int16(from) ? 12 : 22), x.shape, {&x, 1}));
}

void import_dequantize(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  c.require_extents(to, from.shape);
  if (from.constant()) return c.define_constant(c.floats(from));
  c.require((is_int8(from) || is_int16(from)) && to.kind == ElementKind::float32,
            "is supported from int8 and int16, and constants of float16, to float32 only");
  const Tensor x = c.value(0);
  const Quantization q = c.quantization(from);
  c.define(c.add_step(int8::dequantize(q), x.shape, {&x, 1}));
}

/// Sparse constants are dense since they were read.
void import_densify(Context& c) {
  c.require_extents(c.output(), c.input(0).shape);
  c.rename_constant(0);
}

}  // namespace etch::host::tflite
