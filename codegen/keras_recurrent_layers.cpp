// SPDX-License-Identifier: BSL-1.0
#include <codegen/keras_factories.hpp>
#include <etch/layers/layers.hpp>
#include <runtime/host/quoted.hpp>

#include <utility>

namespace etch::detail {
namespace {

/// What no layer of Etch does: a state kept between predictions is the caller's, in the streaming form.
void refuse(KerasConfig& config, const char* key, const char* advice) {
  if (config.boolean(key, false))
    config.fail(std::string("its ") + key + " is on, which is not read", advice);
}

template <class Layer>
Layer recurrent_layer(KerasConfig& config) {
  Layer layer;
  layer.units = config.integer("units");
  layer.activation = config.activation("activation", ActivationKind::tanh);
  if constexpr (requires { layer.recurrent_activation; }) {
    layer.recurrent_activation = config.activation("recurrent_activation", sigmoid);
  }
  if constexpr (requires { layer.reset_after; }) {
    layer.reset_after = config.boolean("reset_after", config.source().version >= 3);
  }
  if constexpr (requires { layer.unit_forget_bias; }) {
    layer.unit_forget_bias = config.boolean("unit_forget_bias", true);
  }
  layer.use_bias = config.boolean("use_bias", true);
  layer.return_sequences = config.boolean("return_sequences", false);
  layer.go_backwards = config.boolean("go_backwards", false);
  refuse(config, "return_state", "take the state in the streaming form");
  refuse(config, "stateful", "keep the state in the streaming form");
  refuse(config, "time_major", "bring the samples to the front");
  config.number("dropout", 0);  // while training only
  config.number("recurrent_dropout", 0);
  return layer;
}

template <class Layer>
KerasLayer recurrent(KerasConfig& config) {
  return one_input(config, recurrent_layer<Layer>(config));
}

KerasLayer masking(KerasConfig& config) { return one_input(config, Masking{config.number("mask_value", 0)}); }

constexpr KerasFactory recurrent_layers[]{
    {"SimpleRNN", recurrent<SimpleRNN>},
    {"LSTM", recurrent<LSTM>},
    {"GRU", recurrent<GRU>},
    {"Masking", masking},
};

}  // namespace

std::span<const KerasFactory> keras_recurrent_layers() { return recurrent_layers; }

}  // namespace etch::detail
