// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/ops/op_list.hpp>

#include <runtime/kernels/integer_convolution.hpp>
#include <runtime/kernels/portable/integer_pool.hpp>

namespace etch::detail {

/// First values of weights as whole numbers in their layer's unit: value, or drawn evenly between
/// value - reach and value + reach.
struct IntegerFirst {
  std::int32_t value = 0, reach = 0;
};

enum class IntegerKind : std::int8_t { dense, convolution, max_pool, average_pool };

/// A layer of an integer training. Places are bytes in the block of weights, and in that of numbers.
struct IntegerLayer {
  IntegerKind kind = IntegerKind::dense;
  bool bias = false, relu = false;
  kernels::IntegerDense dense;           ///< rows of weights: those of units or of filters
  std::int32_t in = 0;                   ///< weights of a row
  std::int32_t inputs = 0, results = 0;  ///< numbers of a sample
  std::int32_t windows = 0;              ///< the place among convolutions or pools of the plan
  /// The unit of weights and bias is 2^exponent at first; of a pool, that of a tap's part.
  std::int32_t exponent = 0;
  std::int32_t weights_at = 0, bias_at = 0;
  std::int32_t input_at = 0, result_at = 0;
  std::int32_t parameter = -1;  ///< of the graph, its kernel; the bias comes next
  IntegerFirst kernel_first, bias_first;

  constexpr bool has_weights() const { return parameter >= 0; }
  /// Where the errors of results end, which stand over these.
  constexpr std::int32_t errors_end() const { return result_at + kernels::whole_words(results); }
};

/// How many layers of each kind there are.
struct IntegerSizes {
  int chain = 0, convolutions = 0, max_pools = 0, average_pools = 0;
};

template <IntegerSizes S>
struct IntegerPlan {
  static constexpr IntegerSizes sizes = S;
  List<IntegerLayer, S.chain> chain;
  List<kernels::Convolution, S.convolutions> convolutions;
  List<kernels::Pool, S.max_pools + S.average_pools> pools;
  std::int32_t first_trained = 0;  ///< the first layer with weights
  std::int32_t exponents_at = 0;   ///< in the block of weights, a byte a layer
  std::int32_t weights = 0, numbers = 0;
};

using kernels::whole_words;

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

/// The function that a step is; linear for all others.
constexpr ActivationKind function_of(const Step& step) {
  return step.op == op_code<ops::Activation> ? unpack<ops::Activation::Attributes>(step.attributes).kind
                                             : ActivationKind::linear;
}
constexpr bool is_dense(const Step& step) { return step.op == op_code<ops::Dense>; }
constexpr bool is_convolution(const Step& step) { return step.op == op_code<ops::Convolution>; }
constexpr bool has_weights(const Step& step) { return is_dense(step) || is_convolution(step); }
constexpr bool is_pool(const Step& step) { return step.op == op_code<ops::Pool>; }

/// A dense step at several places, which is what a convolution of kernels of 1 is traced to.
constexpr bool is_dense_at_places(const Step& step) {
  return is_dense(step) && step.in.size() != step.in.last();
}
constexpr kernels::Convolution integer_convolution(const Step& step) {
  if (is_convolution(step)) return ops::Convolution::convolution(step);
  const int places = step.in.size() / step.in.last();
  return {{}, {places, places}, step.in.last(), step.out.last(), 1};
}

/// What of a layer's extents integers cannot compute, or null.
constexpr const char* integer_extents_fault(const Step& step, bool last) {
  if (is_convolution(step) || is_dense_at_places(step)) {
    const kernels::Convolution c = integer_convolution(step);
    if (c.groups != 1 || c.h.dilation != 1 || c.w.dilation != 1)
      return "integer training takes convolutions without groups and dilation";
    if (!kernels::integer_sums_fit(c))
      return "integer training takes convolutions of up to 65536 places, and windows of up to 65536 inputs "
             "and, times the filters, errors";
  } else if (is_pool(step)) {
    const auto p = unpack<kernels::Pool>(step.attributes);
    const auto overlap = [](int size, int stride) { return (size + stride - 1) / stride; };
    if (p.pool_height > 128 || p.pool_width > 128 ||
        overlap(p.pool_height, p.stride_height) * overlap(p.pool_width, p.stride_width) > 256)
      return "integer training takes pools of up to 128 by 128, of which 256 meet in one place";
  } else if (step.in.last() > kernels::most_integer_products || (last && step.in.last() > (1 << 14))) {
    return "integer training takes layers of up to 65536 inputs, and 16384 classes";
  } else if (last && step.in.size() != step.in.last()) {
    return "integer training tells classes of whole samples: Flatten or a pool comes before the last layer";
  }
  return nullptr;
}

/// What of a declaration integers cannot train, with the number of the step or weight from 0.
template <Sizes S>
constexpr Fault integer_weights_fault(const Graph<S>& g) {
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
  return {};
}
template <Sizes S>
constexpr Fault integer_fault(const Graph<S>& g) {
  if (g.inputs.count != 1 || g.outputs.count != 1)
    return {"integer training takes a model of one input and one output", g.inputs.count + g.outputs.count,
            2};
  if (const Fault fault = integer_weights_fault(g)) return fault;
  int value = g.inputs.item[0], parameter = -1;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    const ActivationKind kind = function_of(step);
    const bool last = s == g.steps.count - 1, after_dense = s > 0 && is_dense(g.steps.item[s - 1]),
               after_weights = s > 0 && has_weights(g.steps.item[s - 1]);
    if (last != (kind == ActivationKind::softmax) || (last && !after_dense))
      return {"integer training ends in a dense layer and softmax, which stands nowhere else", s,
              g.steps.count - 1};
    if (!has_weights(step) && !is_pool(step) && !last && !(after_weights && kind == ActivationKind::relu))
      return {
          "integer training takes dense layers and convolutions, relu behind each or not, pools, and "
          "softmax at the end",
          s, 0};
    if (const char* const fault = integer_extents_fault(step, last)) return {fault, s, step.in.last()};
    if (g.operand(step, 0) != value)
      return {"integer training takes layers of which each reads the one before it", s, 0};
    if (has_weights(step) && g.operand(step, 1) <= parameter)
      return {"integer training takes layers that are used once", s, 0};
    if (has_weights(step)) parameter = g.operand(step, 1);
    value = g.result(step);
  }
  if (g.steps.count < 2 || value != g.outputs.item[0])
    return {"integer training ends in a dense layer and softmax, which stands nowhere else", g.steps.count,
            2};
  return {};
}

constexpr bool is_max_pool(const Step& step) {
  return is_pool(step) && unpack<kernels::Pool>(step.attributes).kind == kernels::PoolKind::max;
}

template <Sizes S>
constexpr IntegerSizes integer_sizes(const Graph<S>& g) {
  IntegerSizes n;
  for (const Step& step : g.steps) {
    n.chain += function_of(step) == ActivationKind::linear ? 1 : 0;
    n.convolutions += is_convolution(step) || is_dense_at_places(step) ? 1 : 0;
    n.max_pools += is_max_pool(step) ? 1 : 0;
    n.average_pools += is_pool(step) && !is_max_pool(step) ? 1 : 0;
  }
  return n;
}

/// The weights of a layer and their place behind those before it. \return bytes of all weights then
template <Sizes S>
constexpr std::int32_t plan_weights(const Graph<S>& g, const Step& step, bool bias, std::int32_t from,
                                    IntegerLayer& layer) {
  layer.parameter = g.operand(step, 1);
  layer.bias = bias;
  const kernels::FirstValues kernel = first_values_of(g.parameters.item[layer.parameter]);
  layer.exponent = exponent_for(largest_of(kernel));
  layer.kernel_first = integer_first(kernel, layer.exponent);
  layer.weights_at = from;
  layer.bias_at = layer.weights_at + layer.dense.row * layer.dense.out;
  if (!layer.bias) return layer.bias_at;
  layer.bias_first = integer_first(first_values_of(g.parameters.item[layer.parameter + 1]), layer.exponent);
  return layer.bias_at + whole_words(layer.dense.out);
}

constexpr std::int32_t larger_of(std::int32_t a, std::int32_t b) { return a > b ? a : b; }

/// Bytes behind a layer's input in a forward pass: its results as sums, which they are narrowed over, and
/// what a convolution needs beside.
template <IntegerSizes S>
constexpr std::int32_t forward_bytes(const IntegerPlan<S>& plan, const IntegerLayer& layer) {
  if (layer.kind == IntegerKind::max_pool) return whole_words(layer.results);
  return 4 * layer.results + (layer.kind == IntegerKind::convolution
                                  ? kernels::integer_forward_scratch(plan.convolutions.item[layer.windows])
                                  : 0);
}

/// Bytes behind the errors of a layer's results in a backward pass: the sums of the errors of its input, and
/// what a convolution needs beside these or, once they are halves, to change its weights. The first layer
/// that learns passes no errors on.
template <IntegerSizes S>
constexpr std::int32_t backward_bytes(const IntegerPlan<S>& plan, const IntegerLayer& layer,
                                      bool passes_errors) {
  if (layer.kind != IntegerKind::convolution) return passes_errors ? 4 * whole_words(layer.inputs) : 0;
  const kernels::Convolution& c = plan.convolutions.item[layer.windows];
  const std::int32_t update = kernels::integer_update_scratch(c);
  return passes_errors ? larger_of(kernels::integer_input_scratch(c), kernels::integer_halves(c) + update)
                       : update;
}

/// Bytes of all numbers: results of layers one behind the other, and behind those that are needed yet, where
/// the next ones are not there yet or no more, sums and scratch.
template <IntegerSizes S>
constexpr std::int32_t bytes_of_numbers(const IntegerPlan<S>& plan) {
  std::int32_t bytes = 0;
  for (int k = 0; k < plan.chain.count; ++k) {
    const IntegerLayer& layer = plan.chain.item[k];
    bytes = larger_of(bytes, layer.result_at + forward_bytes(plan, layer));
    if (k >= plan.first_trained)
      bytes = larger_of(bytes, layer.errors_end() + backward_bytes(plan, layer, k > plan.first_trained));
  }
  return bytes;
}

template <IntegerSizes L, Sizes S>
constexpr IntegerPlan<L> plan_integers(const Graph<S>& g) {
  IntegerPlan<L> plan;
  plan.first_trained = -1;
  for (const Step& step : g.steps) {
    if (function_of(step) != ActivationKind::linear) {
      plan.chain.item[plan.chain.count - 1].relu = function_of(step) == ActivationKind::relu;
      continue;
    }
    IntegerLayer layer;
    layer.inputs = step.in.size();
    layer.results = step.out.size();
    if (has_weights(step)) {
      if (is_convolution(step) || is_dense_at_places(step)) {
        layer.kind = IntegerKind::convolution;
        layer.windows = plan.convolutions.push(integer_convolution(step));
      }
      const kernels::Convolution c = integer_convolution(step);
      layer.in = c.lines();
      layer.dense = {kernels::integer_row(c), c.filters};
      const bool bias = is_dense(step) ? unpack<ops::Dense::Attributes>(step.attributes).use_bias != 0
                                       : unpack<ops::Convolution::Attributes>(step.attributes).use_bias != 0;
      plan.weights = plan_weights(g, step, bias, plan.weights, layer);
    } else {
      layer.kind = is_max_pool(step) ? IntegerKind::max_pool : IntegerKind::average_pool;
      layer.windows = plan.pools.push(unpack<kernels::Pool>(step.attributes));
      layer.exponent = is_max_pool(step) ? 0 : -kernels::integer_mean_bits;
    }
    if (layer.has_weights() && plan.first_trained < 0) plan.first_trained = plan.chain.count;
    layer.input_at = plan.chain.count == 0 ? 0 : plan.chain.item[plan.chain.count - 1].result_at;
    layer.result_at = layer.input_at + whole_words(layer.inputs);
    plan.chain.push(layer);
  }
  plan.numbers = bytes_of_numbers(plan);
  plan.exponents_at = plan.weights;
  plan.weights += whole_words(L.chain);
  return plan;
}

/// The layers of a declaration and where they lie; a declaration that does not fit stops the build.
template <const auto& Declared>
struct IntegerTraining {
  static constexpr Fault fault = integer_fault(graph<Declared>);
  static constexpr auto plan = [] {
    if constexpr (static_cast<bool>(fault)) {
      static_assert(sizeof(decltype(report<fault>())) > 0);
      IntegerPlan<IntegerSizes{1}> nothing;
      IntegerLayer layer;
      layer.dense = {4, 1};
      layer.in = layer.inputs = layer.results = 1;
      nothing.chain.push(layer);
      nothing.weights = nothing.numbers = 8;
      return nothing;
    } else {
      return plan_integers<integer_sizes(graph<Declared>)>(graph<Declared>);
    }
  }();
};

}  // namespace etch::detail
