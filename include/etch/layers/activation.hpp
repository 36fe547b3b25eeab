// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {
constexpr Tensor apply_activation(const Tensor& x, ActivationKind kind, int line) {
  if (kind == ActivationKind::linear || x.builder->graph.fault) return x;
  LayerState none{line};
  const Tensor inputs[]{x};
  Tensor y = x.builder->apply(op_code<ops::Activation>, none, pack(ops::Activation::Attributes{kind}),
                              x.shape, inputs);
  y.row = x.row;
  return y;
}

constexpr Tensor activation_layer(const Tensor& x, ActivationKind kind, const char* type, const char* base,
                                  const char* name, LayerState& state) {
  Tensor y = apply_activation(x, kind, state.line);
  const Tensor inputs[]{x};
  x.builder->note(type, base, name, state, inputs, y);
  return y;
}
}  // namespace detail

/// The layers below apply one function to every element (softmax: over the last axis); shapes stay.
struct ReLU {
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::activation_layer(x, ActivationKind::relu, "ReLU", "re_lu", name, state);
  }
};

struct Softmax {
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::activation_layer(x, ActivationKind::softmax, "Softmax", "softmax", name, state);
  }
};

struct Activation {
  ActivationKind activation = linear;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::activation_layer(x, activation, "Activation", "activation", name, state);
  }
};

/// The same as functions, as `keras.activations` has them: `relu(x)`.
constexpr Tensor activate(const Tensor& x, ActivationKind kind, int line = __builtin_LINE()) {
  LayerState state{line};
  return detail::activation_layer(x, kind, "Activation", name_of(kind), nullptr, state);
}

}  // namespace etch
