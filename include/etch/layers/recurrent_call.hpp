// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/reverse.hpp>
#include <etch/layers/window.hpp>

namespace etch {

/// A recurrent layer's result and its state after the last step: `auto [y, h] = gru.return_state(x);`
struct OutputAndState {
  Tensor y, h;
};
/// The same of an LSTM: `auto [y, h, c] = lstm.return_state(x);`
struct OutputAndStates {
  Tensor y, h, c;
};

namespace detail {

/// What tells the recurrent layers apart.
struct RecurrentKind {
  StepRule rule{};
  const char *type = nullptr, *base = nullptr;
  int states = 1, gates = 1;
  bool two_biases = false;
  Initializer bias{};
  ActivationKind recurrent_activation = ActivationKind::sigmoid;
};

constexpr bool recurrent_activation_fits(ActivationKind kind) {
  return is_elementwise(kind) && derivative_from_result(kind);
}

template <class Layer>
constexpr bool check_recurrent(const Layer& layer, const RecurrentKind& kind,
                               std::span<const Tensor> inputs) {
  const Tensor& x = inputs[0];
  Builder& g = *x.builder;
  const int line = layer.state.line;
  g.check(layer.units > 0, "a recurrent layer needs at least one unit", layer.units, 1, line);
  g.check(x.shape.rank == 2, "a recurrent layer needs an input [time, features]: put Reshape before it",
          x.shape.rank, 2, line);
  for (const ActivationKind activation : {layer.activation, kind.recurrent_activation})
    g.check(recurrent_activation_fits(activation),
            "a recurrent layer needs activations whose derivative follows from their result, such as tanh or "
            "hard_sigmoid: not softmax, log_softmax, gelu, silu, hard_silu or mish",
            static_cast<int>(activation), static_cast<int>(ActivationKind::tanh), line);
  g.check(layer.dropout >= 0 && layer.dropout < 1,
          "a recurrent layer needs a dropout of at least 0 and below 1 (shown in thousandths)",
          static_cast<int>(layer.dropout * 1000), 999, line);
  for (std::size_t k = 1; k < inputs.size(); ++k)
    g.check(inputs[k].shape == Shape{layer.units},
            "an initial state needs as many elements as the layer has units, in one axis",
            inputs[k].shape.size(), layer.units, line);
  return !g.graph.fault;
}

/// A stateful layer keeps one state for each row of the batch.
template <class Layer>
constexpr bool check_stateful(const Layer& layer, Builder& g, bool alone) {
  const int line = layer.state.line;
  if (!layer.stateful) return true;
  g.check(alone, "a stateful layer keeps its state: it takes none and returns none", 1, 0, line);
  g.check(layer.state.layer < 0, "a stateful layer is called once: its state follows one sequence", 2, 1,
          line);
  g.check(g.repeated() == 1, "a stateful layer cannot stand inside TimeDistributed", g.repeated(), 1, line);
  return !g.graph.fault;
}

/// Drops whole features of a sequence, with the same draws for all of its steps.
constexpr Tensor drop_features(const Tensor& x, float rate, int line) {
  if (rate == 0) return x;
  LayerState none{line};
  const ops::Noise::Attributes a{kernels::NoiseKind::spatial_dropout, rate, x.builder->graph.steps.count};
  return x.builder->apply(op_rule<ops::Noise>, none, pack(a), x.shape, {&x, 1});
}

/// Calls a recurrent layer. \param inputs x, then the initial states if there are any. \param results y, then
/// the last states if they are wanted.
template <class Layer>
constexpr void call_recurrent(Layer& layer, const RecurrentKind& kind, bool reset_after,
                              std::span<const Tensor> inputs, std::span<Tensor> results) {
  const Tensor& x = inputs[0];
  Builder& g = *x.builder;
  for (Tensor& result : results) result = stopped(x);
  if (!check_recurrent(layer, kind, inputs)) return;
  if (!check_stateful(layer, g, inputs.size() == 1 && results.size() == 1)) return;
  LayerState& state = layer.state;
  const int width = extent_product(kind.gates, layer.units);
  const Shape kernel{x.shape.last(), width};
  if (g.first_call(state)) {
    const auto add = [&](const Shape& shape, const WeightRules& rules) {
      g.parameter(state, weight(shape, rules, layer.trainable));
    };
    add(kernel, {layer.kernel_initializer, layer.kernel_regularizer, layer.kernel_constraint});
    add({layer.units, width},
        {layer.recurrent_initializer, layer.recurrent_regularizer, layer.recurrent_constraint});
    const WeightRules bias{kind.bias, layer.bias_regularizer, layer.bias_constraint};
    if (layer.use_bias) add(kind.two_biases ? Shape{2, width} : Shape{width}, bias);
  } else {
    g.same_parameter(state, 0, kernel);
  }
  const bool masked = x.mask >= 0;
  Tensor operands[4]{};
  unsigned count = 0;
  for (const Tensor& input : inputs) operands[count++] = input;
  operands[0] = drop_features(x, layer.dropout, state.line);
  const int states = layer.stateful ? kind.states : 0;
  for (int k = 0; k < states; ++k) operands[count++] = g.state(layer.units, state.line);
  if (masked) operands[count++] = {&g, x.mask, -1, {x.shape[0]}};
  const Shape last{layer.units};
  const Shape shapes[]{layer.return_sequences ? Shape{x.shape[0], layer.units} : last, last, last};
  const ops::RecurrentAttributes attributes{layer.units,
                                            layer.use_bias,
                                            layer.return_sequences,
                                            results.size() > 1 || layer.stateful,
                                            layer.go_backwards,
                                            inputs.size() > 1 || layer.stateful,
                                            masked,
                                            reset_after,
                                            layer.stateful,
                                            layer.activation,
                                            kind.recurrent_activation};
  g.apply_many(kind.rule, state, pack(attributes), {shapes, results.size()}, {operands, count}, results);
  results[0] = regularize_activity(results[0], layer.activity_regularizer, state.line);
  const char* const names[]{"kernel", "recurrent_kernel", "bias"};
  g.note(kind.type, kind.base, layer.name, state, inputs, results[0], names);
  for (Tensor& result : results) result.row = results[0].row;
  if (!layer.return_sequences || !masked || g.graph.fault) return;
  results[0].mask = layer.go_backwards ? reverse(operands[count - 1], state.line).value : x.mask;
}

}  // namespace detail

}  // namespace etch
