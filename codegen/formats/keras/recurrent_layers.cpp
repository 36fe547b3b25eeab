// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/factories.hpp>
#include <etch/layers/layers.hpp>
#include <runtime/host/quoted.hpp>

#include <utility>

namespace etch::detail {
namespace {

/// What no layer of Etch does.
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
  layer.stateful = config.boolean("stateful", false);
  layer.dropout = config.number("dropout", 0);
  refuse(config, "time_major", "bring the samples to the front");
  config.number("recurrent_dropout", 0);  // while training only
  return layer;
}

/// What a masked step gives is the state; Keras can give zeros instead.
void check_masked_zeros(const KerasConfig& config, bool zeros, const Tensor& x) {
  if (zeros && x.mask >= 0)
    config.fail("its zero_output_for_mask is on, and its input has a mask", "build the model without it");
}

KerasLayer::Results results_of(const OutputAndState& y) { return {y.y, y.h}; }
KerasLayer::Results results_of(const OutputAndStates& y) { return {y.y, y.h, y.c}; }

/// On a sequence, and on the states that it begins with if they are given.
template <class Layer>
KerasLayer recurrent(KerasConfig& config) {
  const bool with_state = config.boolean("return_state", false);
  const bool zeros = config.boolean("zero_output_for_mask", false);
  constexpr std::size_t most = std::is_same_v<Layer, LSTM> ? 3 : 2;
  return [layer = recurrent_layer<Layer>(config), with_state, zeros,
          config](std::span<const Tensor> x) mutable -> KerasLayer::Results {
    check_inputs(config.source(), x.size(), x.size() > 1 ? most : 1, most);
    check_masked_zeros(config, zeros, x[0]);
    const auto call = [&](const auto&... inputs) -> KerasLayer::Results {
      if (with_state) return results_of(layer.return_state(inputs...));
      return {layer(inputs...)};
    };
    if (x.size() == 1) return call(x[0]);
    if constexpr (most == 3)
      return call(x[0], x[1], x[2]);
    else
      return call(x[0], x[1]);
  };
}

MergeMode merge_mode(KerasConfig& config) {
  constexpr std::pair<const char*, MergeMode> modes[]{{"concat", MergeMode::concat},
                                                      {"sum", MergeMode::sum},
                                                      {"mul", MergeMode::mul},
                                                      {"ave", MergeMode::ave}};
  const std::string name = config.text("merge_mode", "none");
  for (const auto& [known, mode] : modes) {
    if (name == known) return mode;
  }
  config.fail("its merge_mode " + host::in_quotes(name) + " is not known", "use concat, sum, mul or ave");
}

template <class Layer>
Layer wrapped_layer(const KerasConfig& config, const std::pair<std::string, std::string>& given) {
  KerasConfig inner(given.first, given.second, config.source());
  const Layer layer = recurrent_layer<Layer>(inner);
  refuse(inner, "return_state", "give the two layers apart");
  refuse(inner, "zero_output_for_mask", "build the model without it");
  inner.finish();
  return layer;
}

template <class Layer>
KerasLayer bidirectional_of(KerasConfig& config, const std::pair<std::string, std::string>& given) {
  const bool merges = config.has("merge_mode");
  Bidirectional<Layer> both{wrapped_layer<Layer>(config, given),
                            merges ? merge_mode(config) : MergeMode::concat};
  if (config.has("backward_layer")) {
    both.backward_layer = wrapped_layer<Layer>(config, config.layer("backward_layer"));
  }
  return [both, merges, source = config.source()](std::span<const Tensor> x) mutable -> KerasLayer::Results {
    constexpr std::size_t most = 1 + 2 * states_of<Layer>;
    check_inputs(source, x.size(), x.size() > 1 ? most : 1, most);
    const auto call = [&](const auto&... inputs) -> KerasLayer::Results {
      if (merges) return {both(inputs...)};
      const BothDirections y = both.both(inputs...);
      return {y.forward, y.backward};
    };
    if (x.size() == 1) return call(x[0]);
    if constexpr (most == 5)
      return call(x[0], x[1], x[2], x[3], x[4]);
    else
      return call(x[0], x[1], x[2]);
  };
}

KerasLayer bidirectional(KerasConfig& config) {
  const auto given = config.layer("layer");
  if (given.first == "LSTM") return bidirectional_of<LSTM>(config, given);
  if (given.first == "GRU") return bidirectional_of<GRU>(config, given);
  if (given.first == "SimpleRNN") return bidirectional_of<SimpleRNN>(config, given);
  config.fail("it wraps the class " + host::in_quotes(given.first), "use LSTM, GRU or SimpleRNN");
}

/// A layer known at run time, called as one that the compiler knows.
struct WrappedLayer {
  KerasLayer layer;
  Tensor operator()(const Tensor& x) { return layer({&x, 1}); }
};

KerasLayer time_distributed(KerasConfig& config) {
  const auto [class_name, text] = config.layer("layer");
  TimeDistributed<WrappedLayer> layer{{make_keras_layer(class_name, text, config.source())}};
  return one_input(config, layer);
}

KerasLayer masking(KerasConfig& config) { return one_input(config, Masking{config.number("mask_value", 0)}); }

constexpr KerasFactory recurrent_layers[]{
    {"SimpleRNN", recurrent<SimpleRNN>},
    {"LSTM", recurrent<LSTM>},
    {"GRU", recurrent<GRU>},
    {"Bidirectional", bidirectional},
    {"TimeDistributed", time_distributed},
    {"Masking", masking},
};

}  // namespace

std::span<const KerasFactory> keras_recurrent_layers() { return recurrent_layers; }

}  // namespace etch::detail
