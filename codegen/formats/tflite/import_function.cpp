// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/importer.hpp>
#include <codegen/int8/int16_tables.hpp>
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

}  // namespace

void Importer::import_binary() {
  const ElementType type = common_type(2);
  const bool real = type == ElementType::real, wide = type == ElementType::i16;
  const kernels::BinaryKind kind = binary_kind(op_->kind);
  int a = 0, b = 1;
  if (input(a).constant()) {
    require(kind != kernels::BinaryKind::subtract, "takes away from a constant, which is not supported");
    std::swap(a, b);
  }
  const FileTensor &left = input(a), &right = input(b);
  const Shape out = etch::detail::broadcast_shape(sample_shape(left), sample_shape(right));
  require(out.rank > 0, "is damaged: the shapes of its inputs do not fit");
  require_extents(output(), {out.dim.begin(), out.dim.begin() + out.rank});
  const auto extents = etch::detail::four_extents(out);
  const auto attributes = kernels::broadcast(kind, 1, extents, four_extents(left), four_extents(right));
  std::vector<Tensor> inputs{value(a)};
  std::vector<Weights> weights;
  if (!right.constant())
    inputs.push_back(value(b));
  else
    weights.push_back(real ? weights_of(floats(right), ElementType::real) : whole_constant(right));
  require(!wide || kind == kernels::BinaryKind::multiply || !op_->options.power_scales,
          "asks for sums of scales that are powers of two, which are not supported");
  if (real) {
    const bool plain =
        kind == kernels::BinaryKind::add && sample_shape(left) == sample_shape(right) && weights.empty();
    const Tensor y =
        plain ? add_step(op_code<ops::Add>, pack(ops::Add::Attributes{}), out, ElementType::real, inputs)
              : add_step(op_code<ops::Binary>, pack(attributes), out, ElementType::real, inputs, weights);
    return define(output_number(), apply_fused(y, op_->options.activation));
  }

  const Quantization qa = quantization(left), qb = quantization(right), qy = quantization(output());
  const auto bounds = bounds_of(output());
  kernels::Int8BinaryNumbers numbers{
      qa.zero_point, qb.zero_point, qy.zero_point, bounds[2], bounds[3], {}, {}, {}};
  if (kind == kernels::BinaryKind::multiply) {
    numbers.y = multiplier(static_cast<double>(qa.scale) * static_cast<double>(qb.scale) /
                           static_cast<double>(qy.scale));
    require(numbers.y.shift <= (wide ? 0 : 14), "has scales that lie too far apart");
  } else {
    const double twice = 2 * static_cast<double>(std::max(qa.scale, qb.scale));
    numbers.a = multiplier(static_cast<double>(qa.scale) / twice);
    numbers.b = multiplier(static_cast<double>(qb.scale) / twice);
    const int raised = wide ? kernels::int16_sum_shift : kernels::int8_sum_shift;
    numbers.y = multiplier(twice / ((1 << raised) * static_cast<double>(qy.scale)));
    require(numbers.y.shift <= 0, "has scales that lie too far apart");
  }
  weights.push_back(numbers_of(numbers));
  define(output_number(), add_step(op_code<ops::Int8Binary>, pack(attributes), out, type, inputs, weights));
}

void Importer::import_int16_function() {
  const FileTensor &from = input(0), &to = output();
  const Tensor x = value(0);
  if (op_->kind == OperatorKind::relu) {
    const auto bounds =
        *activation_bounds(FusedActivation::relu, quantization(to), numbers_of(ElementType::i16));
    kernels::RequantizeNumbers numbers{0, 0, bounds.lowest, bounds.highest, {}};
    numbers.scale = multiplier(static_cast<double>(quantization(from).scale) /
                               static_cast<double>(quantization(to).scale));
    require(numbers.scale.shift <= 14, "has scales that lie too far apart");
    return define(output_number(), add_requantize(x, ElementType::i16, numbers));
  }
  require(op_->kind == OperatorKind::logistic || op_->kind == OperatorKind::tanh,
          "is supported in int8 and float32 only");
  require(quantization(to).scale == 1.0f / 32768, "is supported with int16 results of scale 1/32768 only");
  const auto numbers = sigmoid_numbers(quantization(from).scale);
  if (!numbers) refuse("has a scale that is not supported");
  const auto table = sigmoid_table();
  const ops::Int16Gate::Attributes attributes{op_->kind == OperatorKind::tanh};
  define(output_number(),
         add_step(
             op_code<ops::Int16Gate>, pack(attributes), x.shape, ElementType::i16, {&x, 1},
             {weights_of(std::vector(table.begin(), table.end()), ElementType::i16), numbers_of(*numbers)}));
}

void Importer::import_function() {
  const ElementType type = common_type(1);
  require_extents(output(), input(0).shape);
  if (type == ElementType::i16) return import_int16_function();
  const Tensor x = value(0);
  if (type == ElementType::real) {
    const ActivationKind kind = op_->kind == OperatorKind::logistic ? ActivationKind::sigmoid
                                : op_->kind == OperatorKind::tanh   ? ActivationKind::tanh
                                : op_->kind == OperatorKind::relu   ? ActivationKind::relu
                                : op_->kind == OperatorKind::relu6  ? ActivationKind::relu6
                                                                    : ActivationKind::hard_silu;
    if (op_->kind != OperatorKind::leaky_relu) return define(output_number(), add_activation(x, kind));
    require(std::isfinite(op_->options.alpha), "has a slope that is not a finite number");
    const ops::ParametricActivation::Attributes leaky{kernels::ParametricFunction::relu, op_->options.alpha,
                                                      std::numeric_limits<float>::infinity(), 0};
    return define(output_number(), add_step(op_code<ops::ParametricActivation>, pack(leaky), x.shape,
                                            ElementType::real, {&x, 1}));
  }
  const Quantization from = quantization(input(0)), to = quantization(output());
  std::optional<Table> table;
  switch (op_->kind) {
    case OperatorKind::logistic:
      require(to == Quantization{1.0f / 256, -128},
              "is supported with results of scale 1/256 and zero point -128 only");
      table = logistic_table(from);
      break;
    case OperatorKind::tanh:
      require(to == Quantization{1.0f / 128, 0},
              "is supported with results of scale 1/128 and zero point 0 only");
      table = tanh_table(from);
      break;
    case OperatorKind::relu:
      table = requantize_table(from, to, *activation_bounds(FusedActivation::relu, to));
      break;
    case OperatorKind::relu6:
      require_same_quantization(input(0), output());
      table = relu6_table(from);
      break;
    case OperatorKind::leaky_relu:
      table = leaky_relu_table(from, to, op_->options.alpha);
      break;
    default:
      table = hard_swish_table(from, to);
  }
  if (!table) refuse("has a scale that is not supported");
  define(output_number(), add_table(x, *table));
}

void Importer::import_softmax() {
  const FileTensor &from = input(0), &to = output();
  require(!from.shape.empty() && from.shape == to.shape,
          "is damaged: its result has another shape than its input");
  const Tensor x = value(0);
  if (from.kind == ElementKind::float32 && to.kind == from.kind) {
    require(op_->options.beta == 1, "is supported with beta 1 only");
    return define(output_number(), add_activation(x, ActivationKind::softmax));
  }
  const Quantization q = quantization(to);
  if (from.shape.back() > kernels::most_softmax_width)
    refuse("has rows of " + std::to_string(from.shape.back()) +
           " numbers: a quantized one takes 65,536 at most");
  if (is_int16(from) && is_int16(to)) {
    require_symmetric(from);
    require(q.zero_point == 0 && std::abs(q.scale * 32768 - 1) < 0.001f,
            "has a result of another scale or zero point than softmax has");
    const auto scale = softmax_scale(quantization(from).scale, op_->options.beta);
    if (!scale) refuse("has a scale that is not supported");
    return define(output_number(),
                  add_step(op_code<ops::Int16Softmax>, pack(ops::Int16Softmax::Attributes{}), x.shape,
                           ElementType::i16, {&x, 1},
                           {numbers_of(*scale), weights_of(softmax_exp_table(), ElementType::i16),
                            weights_of(softmax_inverse_table(), ElementType::i16)}));
  }
  require(is_int8(from) && (is_int8(to) || is_int16(to)),
          "is supported from int8 to int8 or int16, in int16, and in float32, only");
  const bool wide = is_int16(to);
  require(wide ? q.zero_point == -32768 && std::abs(q.scale * 65536 - 1) < 0.001f
               : q == Quantization{1.0f / 256, -128},
          "has a result of another scale or zero point than softmax has");
  const auto numbers = softmax_numbers(quantization(from).scale, op_->options.beta);
  if (!numbers) refuse("has a scale that is not supported");
  define(output_number(),
         add_step(op_code<ops::Int8Softmax>, pack(ops::Int8Softmax::Attributes{wide}), x.shape,
                  wide ? ElementType::i16 : ElementType::i8, {&x, 1}, {numbers_of(*numbers)}));
}

void Importer::import_quantize() {
  const FileTensor &from = input(0), &to = output();
  require_extents(to, from.shape);
  const Tensor x = value(0);
  const Quantization q = quantization(to);
  if (from.kind == ElementKind::float32) {
    require(is_int8(to) || is_int16(to), "is supported to int8 and int16 only");
    const std::vector<Weights> numbers{weights_of(std::vector<float>{q.scale}, ElementType::real),
                                       weights_of(std::vector<std::int32_t>{q.zero_point}, ElementType::i32)};
    return define(output_number(),
                  add_step(op_code<ops::Quantize>, pack(ops::Quantize::Attributes{}), x.shape,
                           is_int8(to) ? ElementType::i8 : ElementType::i16, {&x, 1}, numbers));
  }
  const Quantization p = quantization(from);
  const auto is_byte = [](const FileTensor& t) {
    return t.kind == ElementKind::int8 || t.kind == ElementKind::uint8;
  };
  if (is_byte(from) && is_byte(to)) {
    // Stored bytes without a sign are 128 above those with one.
    const int in = from.kind == ElementKind::uint8 ? 128 : 0, out = to.kind == ElementKind::uint8 ? 128 : 0;
    const auto scale = multiplier(static_cast<double>(p.scale) / static_cast<double>(q.scale));
    const Table table = make_table([&](std::int32_t stored) {
      const std::int32_t number = in ? static_cast<std::uint8_t>(stored) : stored;
      const std::int32_t result =
          kernels::requantize(number - p.zero_point, scale.multiplier, scale.shift) + q.zero_point;
      if (!out) return result;
      return std::int32_t{static_cast<std::int8_t>(std::clamp(result, 0, 255))};
    });
    return define(output_number(), add_table(x, table));
  }
  if (from.kind == ElementKind::int16) {
    const bool widest = to.kind == ElementKind::int32;
    require(widest || is_int8(to) || is_int16(to), "is supported from int16 to int8, int16 and int32 only");
    const ElementType type = widest ? ElementType::i32 : is_int8(to) ? ElementType::i8 : ElementType::i16;
    const Bounds all = numbers_of(type);
    kernels::RequantizeNumbers numbers{p.zero_point, q.zero_point, all.lowest, all.highest, {}};
    numbers.scale = multiplier(static_cast<double>(p.scale) / static_cast<double>(q.scale));
    require(numbers.scale.shift <= 12, "has scales that lie too far apart");
    if (widest) numbers.lowest = INT32_MIN, numbers.highest = INT32_MAX;
    return define(output_number(), add_requantize(x, type, numbers));
  }
  refuse("is supported from float32, int16 and int8 to int8 only: it takes " +
         std::string(name_of(from.kind)) + " and gives " + name_of(to.kind));
}

void Importer::import_dequantize() {
  const FileTensor &from = input(0), &to = output();
  require((is_int8(from) || is_int16(from)) && to.kind == ElementKind::float32,
          "is supported from int8 and int16 to float32 only");
  require_extents(to, from.shape);
  const Tensor x = value(0);
  const Quantization q = quantization(from);
  const std::vector<Weights> numbers{weights_of(std::vector<float>{q.scale}, ElementType::real),
                                     weights_of(std::vector<std::int32_t>{q.zero_point}, ElementType::i32)};
  define(output_number(), add_step(op_code<ops::Dequantize>, pack(ops::Dequantize::Attributes{}), x.shape,
                                   ElementType::real, {&x, 1}, numbers));
}

}  // namespace etch::host::tflite
