// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/recurrent_call.hpp>

namespace etch {

/// Fully connected recurrence: h' = activation(x kernel + h recurrent_kernel + bias). Members as in Keras 3.
///
/// Input [time, features]; output [units], or [time, units] with `return_sequences`. Kernel [features, units]
/// Glorot uniform, recurrent kernel [units, units] orthogonal, bias [units] zeros. `layer(x, h)` begins with
/// the state h [units] instead of zeros; `layer.return_state(x)` gives the last state too (Keras's
/// `return_state=True`: here the type of the result differs by it). `go_backwards` takes the steps from the
/// last, and gives them in that order. Steps that the input's mask leaves out copy the state, and their
/// output is the state. `stateful`: each row of a batch begins with the state that it had
/// after the batch before, until `reset_states()` of the trainer. Activations: those whose derivative follows
/// from their result.
struct SimpleRNN {
  int units = 0;
  ActivationKind activation = ActivationKind::tanh;
  bool use_bias = true;
  Initializer kernel_initializer = Initializer::glorot_uniform;
  Initializer recurrent_initializer = Initializer::orthogonal;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
  float dropout = 0;  ///< of the inputs while training: one draw a feature and sample, for all steps
  bool return_sequences = false;
  bool go_backwards = false;
  bool stateful = false;
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) { return output({&x, 1}); }
  constexpr Tensor operator()(const Tensor& x, const Tensor& h) {
    const Tensor inputs[]{x, h};
    return output(inputs);
  }
  constexpr OutputAndState return_state(const Tensor& x) { return with_state({&x, 1}); }
  constexpr OutputAndState return_state(const Tensor& x, const Tensor& h) {
    const Tensor inputs[]{x, h};
    return with_state(inputs);
  }

 private:
  constexpr Tensor output(std::span<const Tensor> inputs) {
    Tensor y;
    call(inputs, {&y, 1});
    return y;
  }
  constexpr OutputAndState with_state(std::span<const Tensor> inputs) {
    Tensor y[2];
    call(inputs, y);
    return {y[0], y[1]};
  }
  constexpr void call(std::span<const Tensor> inputs, std::span<Tensor> results) {
    const detail::RecurrentKind kind{op_rule<ops::SimpleRNN>, "SimpleRNN", "simple_rnn", 1, 1, false,
                                     bias_initializer,        linear};
    detail::call_recurrent(*this, kind, false, inputs, results);
  }
};

}  // namespace etch
