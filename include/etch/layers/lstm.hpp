// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/recurrent_call.hpp>

namespace etch {

/// Long short-term memory (Hochreiter and Schmidhuber 1997). Members and order of the gates (i, f, c, o) as
/// in Keras 3; formulas: kernels/portable/lstm.hpp.
///
/// Input [time, features]; output [units], or [time, units] with `return_sequences`. Kernel
/// [features, 4 units] Glorot uniform, recurrent kernel [units, 4 units] orthogonal, bias [4 units]: 1 for
/// the forget gate if `unit_forget_bias`, else `bias_initializer`. `layer(x, h, c)` begins with these states
/// [units] instead of zeros; `layer.return_state(x)` gives the last ones too. Masks, `go_backwards` and
/// activations: as for SimpleRNN.
struct LSTM {
  int units = 0;
  ActivationKind activation = ActivationKind::tanh;
  ActivationKind recurrent_activation = ActivationKind::sigmoid;
  bool use_bias = true;
  Initializer kernel_initializer = Initializer::glorot_uniform;
  Initializer recurrent_initializer = Initializer::orthogonal;
  Initializer bias_initializer = Initializer::zeros;
  bool unit_forget_bias = true;  ///< the forget gate's bias begins at 1 (Jozefowicz et al. 2015)
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
  constexpr Tensor operator()(const Tensor& x, const Tensor& h, const Tensor& c) {
    const Tensor inputs[]{x, h, c};
    return output(inputs);
  }
  constexpr OutputAndStates return_state(const Tensor& x) { return with_state({&x, 1}); }
  constexpr OutputAndStates return_state(const Tensor& x, const Tensor& h, const Tensor& c) {
    const Tensor inputs[]{x, h, c};
    return with_state(inputs);
  }

 private:
  constexpr Tensor output(std::span<const Tensor> inputs) {
    Tensor y;
    call(inputs, {&y, 1});
    return y;
  }
  constexpr OutputAndStates with_state(std::span<const Tensor> inputs) {
    Tensor y[3];
    call(inputs, y);
    return {y[0], y[1], y[2]};
  }
  constexpr void call(std::span<const Tensor> inputs, std::span<Tensor> results) {
    inputs[0].builder->check(!unit_forget_bias || bias_initializer.kind == Initializer::zeros,
                             "unit_forget_bias goes with a bias_initializer of zeros: turn it off", 1, 0,
                             state.line);
    const detail::RecurrentKind kind{op_rule<ops::LSTM>,
                                     "LSTM",
                                     "lstm",
                                     2,
                                     4,
                                     false,
                                     unit_forget_bias ? Initializer::unit_forget_bias : bias_initializer,
                                     recurrent_activation};
    detail::call_recurrent(*this, kind, false, inputs, results);
  }
};

}  // namespace etch
