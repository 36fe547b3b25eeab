// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/ops/op_list.hpp>

#include <runtime/kernels/portable/integer_dense.hpp>

namespace etch::detail {

/// First values of weights as whole numbers in their layer's unit: value, or drawn evenly between
/// value - reach and value + reach.
struct IntegerFirst {
  std::int32_t value = 0, reach = 0;
};

/// A dense layer of an integer training. Places are bytes in the block of weights, and in that of numbers.
struct IntegerLayer {
  kernels::IntegerDense dense;
  std::int32_t in = 0;
  bool bias = false, relu = false;
  std::int32_t exponent = 0;  ///< the unit of weights and bias is 2^exponent at first
  std::int32_t weights_at = 0, bias_at = 0;
  std::int32_t input_at = 0, result_at = 0;
  std::int32_t parameter = 0;  ///< of the graph, its kernel; the bias comes next
  IntegerFirst kernel_first, bias_first;
};

template <int Layers>
struct IntegerPlan {
  List<IntegerLayer, Layers> chain;
  std::int32_t exponents_at = 0;  ///< in the block of weights, a byte a layer
  std::int32_t weights = 0, numbers = 0, sums = 0;
};

constexpr std::int32_t whole_words(std::int32_t bytes) { return (bytes + 3) / 4 * 4; }

constexpr float two_to(std::int32_t exponent) {
  float y = 1;
  for (; exponent > 0; --exponent) y *= 2;
  for (; exponent < 0; ++exponent) y /= 2;
  return y;
}

/// The unit in which the largest first value takes a quarter to a half of int8: weights grow.
constexpr std::int32_t exponent_for(float largest) {
  if (!(largest > 0)) return -7;
  std::int32_t exponent = -24;
  while (exponent < 8 && largest > 127 * two_to(exponent)) ++exponent;
  return exponent + 1;
}

constexpr std::int32_t in_units(float x, std::int32_t exponent) {
  const float y = x / two_to(exponent);
  return y > 127 ? 127 : y < -127 ? -127 : static_cast<std::int32_t>(y < 0 ? y - 0.5f : y + 0.5f);
}
constexpr IntegerFirst integer_first(const kernels::FirstValues& v, std::int32_t exponent) {
  return {in_units(v.a, exponent), in_units(v.b, exponent)};
}
constexpr float largest_of(const kernels::FirstValues& v) { return (v.a < 0 ? -v.a : v.a) + v.b; }

constexpr bool is_dense(const Step& step) { return step.op == op_code<ops::Dense>; }

/// The function that a step is; linear for all others.
constexpr ActivationKind function_of(const Step& step) {
  return step.op == op_code<ops::Activation> ? unpack<ops::Activation::Attributes>(step.attributes).kind
                                             : ActivationKind::linear;
}

/// What of a declaration integers cannot train, with the number of the step or weight from 0.
template <Sizes S>
constexpr Fault integer_fault(const Graph<S>& g) {
  if (g.inputs.count != 1 || g.outputs.count != 1)
    return {"integer training takes a model of one input and one output", g.inputs.count + g.outputs.count,
            2};
  for (int p = 0; p < g.parameters.count; ++p) {
    const Parameter& weight = g.parameters.item[p];
    const kernels::FirstForm form = first_values_of(weight).form;
    if (!weight.trainable || weight.chosen)
      return {"integer training moves all weights: none is frozen, and no channels are chosen", p, 0};
    if (weight.regularizer.any() || weight.constraint.any())
      return {"integer training knows no regularizers and no constraints", p, 0};
    if (form != kernels::FirstForm::fill && form != kernels::FirstForm::uniform)
      return {"integer training begins with weights that are drawn evenly or have one value", p, 0};
  }
  int value = g.inputs.item[0];
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    const ActivationKind kind = function_of(step);
    const bool last = s == g.steps.count - 1, after_dense = s > 0 && is_dense(g.steps.item[s - 1]);
    if (last != (kind == ActivationKind::softmax) || (last && !after_dense))
      return {"integer training ends in a dense layer and softmax, which stands nowhere else", s,
              g.steps.count - 1};
    if (!is_dense(step) && !(after_dense && (kind == ActivationKind::relu || last)))
      return {"integer training takes dense layers, relu behind each or not, and softmax at the end", s, 0};
    if (step.in.size() != step.in.last())
      return {"integer training takes dense layers of vectors: Flatten comes before them", s, 0};
    if (step.in.last() > (1 << 16) || (last && step.in.last() > (1 << 14)))
      return {"integer training takes layers of up to 65536 inputs, and 16384 classes", step.in.last(), 0};
    if (g.operand(step, 0) != value)
      return {"integer training takes layers of which each reads the one before it", s, 0};
    value = g.result(step);
  }
  if (g.steps.count < 2 || value != g.outputs.item[0])
    return {"integer training ends in a dense layer and softmax, which stands nowhere else", g.steps.count,
            2};
  return {};
}

template <Sizes S>
constexpr int dense_steps(const Graph<S>& g) {
  int n = 0;
  for (const Step& step : g.steps) n += is_dense(step) ? 1 : 0;
  return n;
}

template <int Layers, Sizes S>
constexpr IntegerPlan<Layers> plan_integers(const Graph<S>& g) {
  IntegerPlan<Layers> plan;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    if (!is_dense(step)) {
      plan.chain.item[plan.chain.count - 1].relu = function_of(step) == ActivationKind::relu;
      continue;
    }
    const bool first = plan.chain.count == 0;
    IntegerLayer layer;
    layer.in = step.in.last();
    layer.dense = {whole_words(layer.in), step.out.last()};
    layer.parameter = g.operand(step, 1);
    layer.bias = unpack<ops::Dense::Attributes>(step.attributes).use_bias != 0;
    const kernels::FirstValues kernel = first_values_of(g.parameters.item[layer.parameter]);
    layer.exponent = exponent_for(largest_of(kernel));
    layer.kernel_first = integer_first(kernel, layer.exponent);
    layer.weights_at = plan.weights;
    layer.bias_at = layer.weights_at + layer.dense.row * layer.dense.out;
    plan.weights = layer.bias_at;
    if (layer.bias) {
      layer.bias_first =
          integer_first(first_values_of(g.parameters.item[layer.parameter + 1]), layer.exponent);
      plan.weights += whole_words(layer.dense.out);
    }
    layer.input_at = first ? 0 : plan.chain.item[plan.chain.count - 1].result_at;
    layer.result_at = layer.input_at + layer.dense.row;
    plan.numbers = layer.result_at + whole_words(layer.dense.out);
    plan.sums = plan.sums > layer.dense.out ? plan.sums : layer.dense.out;
    if (!first && layer.dense.row > plan.sums) plan.sums = layer.dense.row;
    plan.chain.push(layer);
  }
  plan.exponents_at = plan.weights;
  plan.weights += whole_words(Layers);
  return plan;
}

/// The layers of a declaration and where they lie; a declaration that does not fit stops the build.
template <const auto& Declared>
struct IntegerTraining {
  static constexpr Fault fault = integer_fault(graph<Declared>);
  static constexpr auto plan = [] {
    if constexpr (static_cast<bool>(fault)) {
      static_assert(sizeof(decltype(report<fault>())) > 0);
      IntegerPlan<1> nothing;
      nothing.chain.push({.dense = {4, 1}, .in = 1});
      nothing.weights = nothing.numbers = 8;
      nothing.sums = 1;
      return nothing;
    } else {
      return plan_integers<dense_steps(graph<Declared>)>(graph<Declared>);
    }
  }();
};

}  // namespace etch::detail
