// SPDX-License-Identifier: BSL-1.0
// Activations, normalizations, attention and noise.
#include <codegen/formats/keras/factories.hpp>
#include <etch/layers/layers.hpp>

#include <limits>

namespace etch::detail {
namespace {

Axes axes_of(const std::vector<int>& numbers) {
  Axes axes;
  for (const int axis : numbers) {
    if (axes.count < Shape::max_rank) axes.item[axes.count] = axis;
    ++axes.count;
  }
  return axes;
}

KerasLayer activation(KerasConfig& config) {
  return one_input(config, Activation{config.activation("activation", linear)});
}

KerasLayer relu_layer(KerasConfig& config) {
  const float unlimited = std::numeric_limits<float>::infinity();
  return one_input(config, ReLU{config.number("max_value", unlimited), config.number("negative_slope", 0),
                                config.number("threshold", 0)});
}

/// Keras 2 called the slope alpha.
KerasLayer leaky_relu(KerasConfig& config) {
  const float alpha = config.number("alpha", 0.3f);
  return one_input(config, LeakyReLU{config.number("negative_slope", alpha)});
}

/// Of Keras 2: x above theta, else 0.
KerasLayer thresholded_relu(KerasConfig& config) {
  ReLU layer;
  layer.threshold = config.number("theta", 1);
  return one_input(config, layer);
}

KerasLayer elu(KerasConfig& config) { return one_input(config, ELU{config.number("alpha", 1)}); }

KerasLayer prelu(KerasConfig& config) {
  PReLU layer;
  if (config.has("shared_axes")) layer.shared_axes = axes_of(config.integers("shared_axes"));
  return one_input(config, layer);
}

KerasLayer softmax_layer(KerasConfig& config) {
  return one_input(config, Softmax{config.single("axis", -1)});
}

/// Over the last axis; another one is brought there and back.
KerasLayer batch_normalization(KerasConfig& config) {
  const BatchNormalization layer{.momentum = config.number("momentum", 0.99f),
                                 .epsilon = config.number("epsilon", 1e-3f),
                                 .center = config.boolean("center", true),
                                 .scale = config.boolean("scale", true)};
  const int axis = config.single("axis", -1);
  return [inner = one_input(config, layer), axis, config](std::span<const Tensor> inputs) {
    const int rank = inputs[0].shape.rank, from = Axes::position(axis, rank);
    if (from < 0 || from >= rank) {
      config.fail("its axis " + std::to_string(axis) + " is none of its input's", "use -1");
    }
    if (from == rank - 1) return inner(inputs);
    Permute swapped;
    for (int i = 0; i < rank; ++i) {
      swapped.dims.append(1 + (i == from ? rank - 1 : i == rank - 1 ? from : i));
    }
    const Tensor last[]{swapped(inputs[0])};
    return swapped(inner(last));
  };
}

KerasLayer layer_normalization(KerasConfig& config) {
  return one_input(config, LayerNormalization{.axis = axes_of(config.integers_or_one("axis", -1)),
                                              .epsilon = config.number("epsilon", 1e-3f),
                                              .center = config.boolean("center", true),
                                              .scale = config.boolean("scale", true)});
}

KerasLayer rms_normalization(KerasConfig& config) {
  return one_input(config, RMSNormalization{.axis = axes_of(config.integers_or_one("axis", -1)),
                                            .epsilon = config.number("epsilon", 1e-6f)});
}

KerasLayer group_normalization(KerasConfig& config) {
  if (config.single("axis", -1) != -1) config.fail("its axis is not the last", "use -1");
  return one_input(config, GroupNormalization{.groups = config.integer("groups", 32),
                                              .epsilon = config.number("epsilon", 1e-3f),
                                              .center = config.boolean("center", true),
                                              .scale = config.boolean("scale", true)});
}

KerasLayer unit_normalization(KerasConfig& config) {
  return one_input(config, UnitNormalization{config.single("axis", -1)});
}

Numbers numbers_of(KerasConfig& config, const char* key, float fallback) {
  const std::vector<float> given = config.numbers_or_one(key, fallback);
  Numbers numbers = fallback;
  numbers.count = static_cast<int>(given.size());
  for (std::size_t i = 0; i < given.size() && i < Numbers::capacity; ++i) numbers.item[i] = given[i];
  return numbers;
}

KerasLayer rescaling(KerasConfig& config) {
  return one_input(config, Rescaling{numbers_of(config, "scale", 1), numbers_of(config, "offset", 0)});
}

KerasLayer normalization(KerasConfig& config) {
  if (!config.has("mean") || !config.has("variance")) {
    config.fail("it has no mean and variance of its own", "give it the adapted ones");
  }
  if (config.single("axis", -1) != -1) config.fail("its axis is not the last", "use -1");
  return one_input(config, Normalization{numbers_of(config, "mean", 0), numbers_of(config, "variance", 1),
                                         config.boolean("invert", false)});
}

KerasLayer attention(KerasConfig& config) {
  if (config.text("score_mode", "dot") != "dot") config.fail("its score_mode is not dot", "use dot");
  const bool causal = config.boolean("causal", false);  // of Keras 2
  return many_inputs<2, 3>(config, Attention{.use_scale = config.boolean("use_scale", false),
                                             .dropout = config.number("dropout", 0),
                                             .use_causal_mask = config.boolean("use_causal_mask", causal)});
}

KerasLayer multi_head_attention(KerasConfig& config) {
  MultiHeadAttention layer{.num_heads = config.integer("num_heads"),
                           .key_dim = config.integer("key_dim"),
                           .value_dim = config.integer("value_dim", 0),
                           .dropout = config.number("dropout", 0),
                           .use_bias = config.boolean("use_bias", true)};
  layer.output_dim = config.single("output_shape", 0);
  layer.use_causal_mask = config.boolean("use_causal_mask", false);
  if (config.integers_or_one("attention_axes", 1) != std::vector{1})
    config.fail("its attention_axes are not the time axis", "leave them out");
  return many_inputs<2, 3>(config, layer);
}

KerasLayer dropout(KerasConfig& config) {
  if (config.has("noise_shape")) config.fail("its noise_shape is not known", "build the model without it");
  return one_input(config, Dropout{config.number("rate", 0.5f)});
}

template <class Layer>
KerasLayer rate_noise(KerasConfig& config) {
  return one_input(config, Layer{config.number("rate", 0.5f)});
}

KerasLayer gaussian_noise(KerasConfig& config) {
  return one_input(config, GaussianNoise{config.number("stddev", 0)});
}

KerasLayer activity_regularization(KerasConfig& config) {
  return one_input(config, ActivityRegularization{config.number("l1", 0), config.number("l2", 0)});
}

constexpr KerasFactory activation_layers[]{
    {"Activation", activation},
    {"ReLU", relu_layer},
    {"LeakyReLU", leaky_relu},
    {"ThresholdedReLU", thresholded_relu},
    {"ELU", elu},
    {"PReLU", prelu},
    {"Softmax", softmax_layer},
    {"BatchNormalization", batch_normalization},
    {"LayerNormalization", layer_normalization},
    {"RMSNormalization", rms_normalization},
    {"GroupNormalization", group_normalization},
    {"UnitNormalization", unit_normalization},
    {"Rescaling", rescaling},
    {"Normalization", normalization},
    {"Attention", attention},
    {"MultiHeadAttention", multi_head_attention},
    {"Dropout", dropout},
    {"SpatialDropout1D", rate_noise<SpatialDropout1D>},
    {"SpatialDropout2D", rate_noise<SpatialDropout2D>},
    {"GaussianDropout", rate_noise<GaussianDropout>},
    {"AlphaDropout", rate_noise<AlphaDropout>},
    {"GaussianNoise", gaussian_noise},
    {"ActivityRegularization", activity_regularization},
};

}  // namespace

std::span<const KerasFactory> keras_activation_layers() { return activation_layers; }

}  // namespace etch::detail
