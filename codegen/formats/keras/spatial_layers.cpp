// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/factories.hpp>
#include <etch/layers/layers.hpp>
#include <runtime/host/quoted.hpp>

namespace etch::detail {
namespace {

template <class Layer>
KerasLayer spatial(KerasConfig& config, Layer layer) {
  return with_channels_last(one_input(config, layer), config.channels_first());
}

void read(KerasConfig& config, const char* key, int& value) { value = config.single(key, value); }
void read(KerasConfig& config, const char* key, Pair& value) { value = config.pair(key, value); }

/// The convolutions have their attributes in common, of one number or two.
template <class Layer>
KerasLayer convolution(KerasConfig& config) {
  Layer layer;
  if constexpr (requires { layer.filters; }) layer.filters = config.integer("filters");
  read(config, "kernel_size", layer.kernel_size);
  read(config, "strides", layer.strides);
  read(config, "dilation_rate", layer.dilation_rate);
  if constexpr (requires { layer.depth_multiplier; }) {
    layer.depth_multiplier = config.integer("depth_multiplier", 1);
  }
  if constexpr (requires { layer.output_padding; }) read(config, "output_padding", layer.output_padding);
  if constexpr (requires { layer.groups; }) {
    layer.groups = config.integer("groups", 1);
  } else if (config.integer("groups", 1) != 1) {
    config.fail("its class takes no groups", "build the model without them");
  }
  layer.padding = config.padding();
  layer.activation = config.activation("activation", linear);
  layer.use_bias = config.boolean("use_bias", true);
  return spatial(config, layer);
}

template <class Layer>
KerasLayer pooling_1d(KerasConfig& config) {
  return spatial(config, Layer{config.single("pool_size", 2), config.single("strides", 0), config.padding()});
}

template <class Layer>
KerasLayer pooling_2d(KerasConfig& config) {
  return spatial(config, Layer{config.pair("pool_size", 2), config.pair("strides", 0), config.padding()});
}

template <class Layer>
KerasLayer global_pooling(KerasConfig& config) {
  return spatial(config, Layer{config.boolean("keepdims", false)});
}

KerasLayer zero_padding_1d(KerasConfig& config) {
  return spatial(config, ZeroPadding1D{config.pair("padding", 1)});
}
KerasLayer zero_padding_2d(KerasConfig& config) {
  return spatial(config, ZeroPadding2D{config.sides("padding", 1)});
}
KerasLayer cropping_1d(KerasConfig& config) {
  return spatial(config, Cropping1D{config.pair("cropping", 1)});
}
KerasLayer cropping_2d(KerasConfig& config) {
  return spatial(config, Cropping2D{config.sides("cropping", 0)});
}

KerasLayer up_sampling_1d(KerasConfig& config) {
  return spatial(config, UpSampling1D{config.single("size", 2)});
}

KerasLayer up_sampling_2d(KerasConfig& config) {
  const std::string interpolation = config.text("interpolation", "nearest");
  if (interpolation != "nearest" && interpolation != "bilinear") {
    config.fail("its interpolation " + host::in_quotes(interpolation) + " is not known",
                "use nearest or bilinear");
  }
  return spatial(config,
                 UpSampling2D{config.pair("size", 2), interpolation == "nearest" ? nearest : bilinear});
}

constexpr KerasFactory spatial_layers[]{
    {"Conv1D", convolution<Conv1D>},
    {"Conv2D", convolution<Conv2D>},
    {"DepthwiseConv1D", convolution<DepthwiseConv1D>},
    {"DepthwiseConv2D", convolution<DepthwiseConv2D>},
    {"SeparableConv1D", convolution<SeparableConv1D>},
    {"SeparableConv2D", convolution<SeparableConv2D>},
    {"Conv1DTranspose", convolution<Conv1DTranspose>},
    {"Conv2DTranspose", convolution<Conv2DTranspose>},
    {"MaxPooling1D", pooling_1d<MaxPooling1D>},
    {"MaxPooling2D", pooling_2d<MaxPooling2D>},
    {"AveragePooling1D", pooling_1d<AveragePooling1D>},
    {"AveragePooling2D", pooling_2d<AveragePooling2D>},
    {"GlobalMaxPooling1D", global_pooling<GlobalMaxPooling1D>},
    {"GlobalMaxPooling2D", global_pooling<GlobalMaxPooling2D>},
    {"GlobalAveragePooling1D", global_pooling<GlobalAveragePooling1D>},
    {"GlobalAveragePooling2D", global_pooling<GlobalAveragePooling2D>},
    {"ZeroPadding1D", zero_padding_1d},
    {"ZeroPadding2D", zero_padding_2d},
    {"Cropping1D", cropping_1d},
    {"Cropping2D", cropping_2d},
    {"UpSampling1D", up_sampling_1d},
    {"UpSampling2D", up_sampling_2d},
};

}  // namespace

std::span<const KerasFactory> keras_spatial_layers() { return spatial_layers; }

}  // namespace etch::detail
