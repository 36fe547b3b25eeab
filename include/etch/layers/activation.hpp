// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/axes.hpp>
#include <etch/layers/layer.hpp>

#include <limits>

namespace etch {

namespace detail {
/// A step of `op` on one input without weights, of the input's shape.
template <class Op, class Attributes>
constexpr Tensor apply_plain(const Tensor& x, const Attributes& attributes, int line) {
  if (x.builder->graph.fault) return x;
  LayerState none{line};
  const Tensor inputs[]{x};
  Tensor y = x.builder->apply(op_rule<Op>, none, pack(attributes), x.shape, inputs);
  y.row = x.row;
  y.mask = x.mask;
  return y;
}

constexpr Tensor noted(const Tensor& x, Tensor y, const char* type, const char* base, const char* name,
                       LayerState& state) {
  const Tensor inputs[]{x};
  x.builder->note(type, base, name, state, inputs, y);
  return y;
}

constexpr Tensor apply_activation(const Tensor& x, ActivationKind kind, int line) {
  if (kind == ActivationKind::linear) return x;
  return apply_plain<ops::Activation>(x, ops::Activation::Attributes{kind}, line);
}

/// Softmax or log-softmax over any axis; over the last one as a plain activation, which other steps take in.
constexpr Tensor apply_softmax(const Tensor& x, bool log, int axis, int line) {
  const int rank = x.shape.rank, along = Axes::position(axis, rank);
  x.builder->check(along >= 0 && along < rank, "Softmax needs an axis of its input, counted from 1", axis,
                   rank, line);
  if (along == rank - 1)
    return apply_activation(x, log ? ActivationKind::log_softmax : ActivationKind::softmax, line);
  if (x.builder->graph.fault) return x;
  ops::Softmax::Attributes a{1, x.shape[along], 1, log};
  for (int i = 0; i < along; ++i) a.outer *= x.shape[i];
  for (int i = along + 1; i < rank; ++i) a.inner *= x.shape[i];
  return apply_plain<ops::Softmax>(x, a, line);
}

constexpr int thousandths(float value) { return static_cast<int>(value * 1000); }
}  // namespace detail

/// The layers below apply a function to every element; shapes stay, masks too.

/// max_value at most, x above threshold, negative_slope (x - threshold) up to it.
struct ReLU {
  float max_value = std::numeric_limits<float>::infinity();
  float negative_slope = 0;
  float threshold = 0;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(max_value > 0, "ReLU needs a max_value above 0 (shown in thousandths)",
            detail::thousandths(max_value > 0 ? 0 : max_value), 1, state.line);
    g.check(negative_slope >= 0, "ReLU needs a negative_slope of at least 0 (shown in thousandths)",
            detail::thousandths(negative_slope), 0, state.line);
    g.check(threshold >= 0, "ReLU needs a threshold of at least 0 (shown in thousandths)",
            detail::thousandths(threshold), 0, state.line);
    const bool plain = negative_slope == 0 && threshold == 0;
    const bool unlimited = max_value == std::numeric_limits<float>::infinity();
    Tensor y = x;
    if (plain && (unlimited || max_value == 6.0f))
      y = detail::apply_activation(x, unlimited ? relu : ActivationKind::relu6, state.line);
    else
      y = detail::apply_plain<ops::ParametricActivation>(
          x,
          ops::ParametricActivation::Attributes{kernels::ParametricFunction::relu, negative_slope, max_value,
                                                threshold},
          state.line);
    return detail::noted(x, y, "ReLU", "re_lu", name, state);
  }
};

/// x, or negative_slope x below 0.
struct LeakyReLU {
  float negative_slope = 0.3f;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(negative_slope >= 0,
                     "LeakyReLU needs a negative_slope of at least 0 (shown in thousandths)",
                     detail::thousandths(negative_slope), 0, state.line);
    constexpr float unlimited = std::numeric_limits<float>::infinity();
    Tensor y = x;
    if (negative_slope == 0.2f)
      y = detail::apply_activation(x, ActivationKind::leaky_relu, state.line);
    else
      y = detail::apply_plain<ops::ParametricActivation>(
          x,
          ops::ParametricActivation::Attributes{kernels::ParametricFunction::relu, negative_slope, unlimited,
                                                0},
          state.line);
    return detail::noted(x, y, "LeakyReLU", "leaky_re_lu", name, state);
  }
};

/// x, or alpha (e^x - 1) below 0 (Clevert et al. 2015).
struct ELU {
  float alpha = 1;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(alpha >= 0, "ELU needs an alpha of at least 0 (shown in thousandths)",
                     detail::thousandths(alpha), 0, state.line);
    Tensor y = x;
    if (alpha == 1.0f)
      y = detail::apply_activation(x, ActivationKind::elu, state.line);
    else
      y = detail::apply_plain<ops::ParametricActivation>(
          x, ops::ParametricActivation::Attributes{kernels::ParametricFunction::elu, alpha, 0, 0},
          state.line);
    return detail::noted(x, y, "ELU", "elu", name, state);
  }
};

/// e^x divided by its sum along `axis`, counted from 1; negative: from the last.
struct Softmax {
  int axis = -1;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::noted(x, detail::apply_softmax(x, false, axis, state.line), "Softmax", "softmax", name,
                         state);
  }
};

/// Any function of `ActivationKind`.
struct Activation {
  ActivationKind activation = linear;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::noted(x, detail::apply_activation(x, activation, state.line), "Activation", "activation",
                         name, state);
  }
};

/// The same as a function, as `keras.activations` has them.
constexpr Tensor activate(const Tensor& x, ActivationKind kind, int line = __builtin_LINE()) {
  LayerState state{line};
  return detail::noted(x, detail::apply_activation(x, kind, line), "Activation", name_of(kind), nullptr,
                       state);
}

/// log(softmax(x)) along `axis`, as `keras.activations.log_softmax`.
constexpr Tensor log_softmax(const Tensor& x, int axis = -1, int line = __builtin_LINE()) {
  LayerState state{line};
  return detail::noted(x, detail::apply_softmax(x, true, axis, line), "Activation", "log_softmax", nullptr,
                       state);
}

}  // namespace etch
