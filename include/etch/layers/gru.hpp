// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/recurrent_call.hpp>

namespace etch {

/// Gated recurrent unit (Cho et al. 2014). Members and order of the gates (z, r, h) as in Keras 3; formulas
/// of both `reset_after`: kernels/portable/gru.hpp.
///
/// Input [time, features]; output [units], or [time, units] with `return_sequences`. Kernel
/// [features, 3 units] Glorot uniform, recurrent kernel [units, 3 units] orthogonal, bias [2, 3 units] (of
/// the input and of the state), or [3 units] without `reset_after`, zeros. `layer(x, h)` begins with the
/// state h [units] instead of zeros; `layer.return_state(x)` gives the last one too. Masks, `go_backwards`
/// and activations: as for SimpleRNN.
struct GRU {
  int units = 0;
  ActivationKind activation = ActivationKind::tanh;
  ActivationKind recurrent_activation = ActivationKind::sigmoid;
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
  bool reset_after = true;
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
    const detail::RecurrentKind kind{op_rule<ops::GRU>,   "GRU", "gru", 1, 3, reset_after, bias_initializer,
                                     recurrent_activation};
    detail::call_recurrent(*this, kind, reset_after, inputs, results);
  }
};

}  // namespace etch
