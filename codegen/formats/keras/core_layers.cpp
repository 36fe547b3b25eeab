// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/factories.hpp>
#include <etch/layers/layers.hpp>

namespace etch::detail {
namespace {

KerasLayer dense(KerasConfig& config) {
  Dense layer{.units = config.integer("units"),
              .activation = config.activation("activation", linear),
              .use_bias = config.boolean("use_bias", true)};
  layer.allow_axes = true;
  return one_input(config, layer);
}

KerasLayer flatten(KerasConfig& config) {
  return with_channels_last(one_input(config, Flatten{}), config.channels_first());
}

/// Extents that may number more than a Shape holds: the layer's own check names them.
Shape shape_of(const std::vector<int>& extents) {
  Shape shape;
  for (const int extent : extents) shape.append(extent);
  return shape;
}

KerasLayer reshape(KerasConfig& config) {
  return one_input(config, Reshape{shape_of(config.integers("target_shape"))});
}

KerasLayer permute(KerasConfig& config) {
  return one_input(config, Permute{shape_of(config.integers("dims"))});
}

KerasLayer repeat_vector(KerasConfig& config) { return one_input(config, RepeatVector{config.integer("n")}); }

KerasLayer embedding(KerasConfig& config) {
  Embedding layer{.input_dim = config.integer("input_dim"), .output_dim = config.integer("output_dim")};
  layer.mask_zero = config.boolean("mask_zero", false);
  return one_input(config, layer);
}

constexpr std::size_t most_merged = 8;

template <class Layer>
KerasLayer merge(KerasConfig& config) {
  return many_inputs<2, most_merged>(config, Layer{});
}

KerasLayer subtract(KerasConfig& config) { return many_inputs<2, 2>(config, Subtract{}); }

KerasLayer concatenate(KerasConfig& config) {
  const int axis = config.integer("axis", -1);
  if (axis == 0) config.fail("it joins along the batch", "use another axis");
  return many_inputs<2, most_merged>(config, Concatenate{axis});
}

KerasLayer dot(KerasConfig& config) {
  return many_inputs<2, 2>(config, Dot{config.pair("axes", {}), config.boolean("normalize", false)});
}

constexpr KerasFactory core_layers[]{
    {"Dense", dense},
    {"Flatten", flatten},
    {"Reshape", reshape},
    {"Permute", permute},
    {"RepeatVector", repeat_vector},
    {"Embedding", embedding},
    {"Add", merge<Add>},
    {"Subtract", subtract},
    {"Multiply", merge<Multiply>},
    {"Average", merge<Average>},
    {"Maximum", merge<Maximum>},
    {"Minimum", merge<Minimum>},
    {"Concatenate", concatenate},
    {"Dot", dot},
};

}  // namespace

std::span<const KerasFactory> keras_core_layers() { return core_layers; }

}  // namespace etch::detail
