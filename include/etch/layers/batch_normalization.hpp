// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {

/// Steps that are traced as samples of their own, as steps of one sample again, which is what a mask is of.
/// Without a mask of them, the tensor as it is. The builder then traces for the sequence's samples.
constexpr Tensor masked_steps(const Tensor& x) {
  Builder& g = *x.builder;
  const StepMask mask = g.step_mask();
  if (x.mask >= 0 || mask.value < 0) return x;
  const int positions = x.shape.size() / x.shape.last() * (g.repeated() / (mask.outside * mask.steps));
  g.repeat_as(mask.outside);
  return {&g, x.value, x.row, {mask.steps, positions, x.shape.last()}, mask.value};
}

}  // namespace detail

/// Normalizes each channel (last axis) over the batch and all other axes; shapes stay. Keras's defaults.
/// Masked steps have no part in the statistics of training; a batch of masked steps alone is normalized by
/// the moving averages, which stay. Parameters: gamma ones, beta zeros (trained), moving_mean zeros,
/// moving_variance ones (not trained). A frozen layer normalizes by the moving averages in training too, as
/// in Keras.
struct BatchNormalization {
  float momentum = 0.99f;
  float epsilon = 1e-3f;
  bool center = true;
  bool scale = true;
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank >= 1, "BatchNormalization needs an input of 1 to 4 axes", x.shape.rank, 1,
            state.line);
    g.check(epsilon > 0, "BatchNormalization needs an epsilon above 0", 0, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const int channels = x.shape.last();
    if (g.first_call(state)) {
      if (scale) g.parameter(state, detail::vector_parameter(channels, Initializer::ones, trainable));
      if (center) g.parameter(state, detail::vector_parameter(channels, Initializer::zeros, trainable));
      g.parameter(state, detail::vector_parameter(channels, Initializer::zeros, false));
      g.parameter(state, detail::vector_parameter(channels, Initializer::ones, false));
    } else {
      g.same_parameter(state, 0, {channels});
    }
    const bool frozen = !trainable || g.frozen();
    const int repeated = g.repeated();
    const Tensor steps = g.training() && !frozen ? detail::masked_steps(x) : x;
    const bool masked = steps.mask >= 0 && steps.shape.rank > 1 && g.training() && !frozen;
    const Tensor inputs[]{steps, {&g, steps.mask, -1, {steps.shape[0]}}};
    Tensor y =
        g.apply(op_rule<ops::BatchNormalization>, state,
                pack(ops::BatchNormalization::Attributes{momentum, epsilon, center, scale, frozen, masked}),
                steps.shape, {inputs, masked ? 2u : 1u});
    g.repeat_as(repeated);
    y.shape = x.shape;
    y.mask = x.mask;
    const char* names[4]{};
    int count = 0;
    if (scale) names[count++] = "gamma";
    if (center) names[count++] = "beta";
    names[count++] = "moving_mean";
    names[count++] = "moving_variance";
    g.note("BatchNormalization", "batch_normalization", name, state, {&x, 1}, y,
           {names, static_cast<std::size_t>(count)});
    return y;
  }
};

}  // namespace etch
