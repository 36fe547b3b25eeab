// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/factories.hpp>
#include <etch/layers/permute.hpp>
#include <nlohmann/json.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <array>
#include <string>

namespace etch {

namespace detail {

void check_inputs(const KerasSource& source, std::size_t found, std::size_t least, std::size_t most) {
  if (found >= least && found <= most) return;
  throw Error("layer " + host::in_quotes(source.name) + " is called on " + std::to_string(found) +
              " tensors; it takes " + std::to_string(least) +
              (most > least ? " to " + std::to_string(most) : "") + " here");
}

KerasLayer with_channels_last(KerasLayer layer, bool channels_first) {
  if (!channels_first) return layer;
  return [layer = std::move(layer)](std::span<const Tensor> inputs) {
    const auto rotated = [](const Tensor& x, int by) {
      Permute permute;
      for (int i = 0; i < x.shape.rank; ++i) permute.dims.append((i + by) % x.shape.rank + 1);
      return permute(x);
    };
    std::vector<Tensor> last;
    for (const Tensor& x : inputs) last.push_back(rotated(x, 1));
    const Tensor y = layer(last);
    return y.shape.rank > 1 ? rotated(y, y.shape.rank - 1) : y;
  };
}

namespace {

std::array<std::span<const KerasFactory>, 4> factories() {
  return {keras_core_layers(), keras_activation_layers(), keras_spatial_layers(), keras_recurrent_layers()};
}

/// Turns a recorded mistake of the declaration into an error that names the layer.
KerasLayer checked(KerasLayer layer, const KerasConfig& config) {
  return [layer = std::move(layer), config](std::span<const Tensor> inputs) {
    if (inputs.empty()) config.fail("it is called on no tensor", "save the model again");
    KerasLayer::Results y = layer.results(inputs);
    const Fault& fault = inputs[0].builder->graph.fault;
    if (fault) {
      config.fail(fault.sentence + std::string(" (") + std::to_string(fault.found) + ", expected " +
                      std::to_string(fault.expected) + ")",
                  "the model cannot be built");
    }
    return y;
  };
}

/// A configuration whose activations are names: a function is an object of its name in Keras 3.
KerasConfig::Json with_named_activations(const std::string& text) {
  auto json = KerasConfig::Json::parse(text, nullptr, false);
  if (!json.is_object()) return json;
  for (const char* key : {"activation", "recurrent_activation"}) {
    if (!json.contains(key) || !json[key].is_object()) continue;
    const KerasConfig::Json& name = json[key].value("config", KerasConfig::Json());
    if (name.is_string()) json[key] = KerasConfig::Json(name);
  }
  return json;
}

/// The layer, and behind it the one that its activation is.
KerasLayer followed_by(KerasLayer first, KerasLayer second) {
  return [first = std::move(first), second = std::move(second)](std::span<const Tensor> inputs) {
    const Tensor y = first(inputs);
    return second({&y, 1});
  };
}

}  // namespace
}  // namespace detail

KerasLayer make_keras_layer(const std::string& class_name, const std::string& text,
                            const KerasSource& source) {
  auto json = detail::with_named_activations(text);
  const bool by_layer = json.is_object() && json.contains("activation") && json["activation"].is_object();
  if (by_layer && !json.contains("recurrent_activation") && class_name != "SimpleRNN") {
    const auto activation = json["activation"];
    json["activation"] = "linear";
    if (!activation.value("class_name", KerasConfig::Json()).is_string() || !activation.contains("config"))
      throw Error("layer " + host::in_quotes(source.name) + ": its activation is neither a name nor a layer");
    return detail::followed_by(
        make_keras_layer(class_name, json.dump(), source),
        make_keras_layer(activation["class_name"].get<std::string>(), activation["config"].dump(), source));
  }
  const std::string config = json.is_object() ? json.dump() : text;
  for (const auto& group : detail::factories()) {
    for (const detail::KerasFactory& factory : group) {
      if (class_name != factory.class_name) continue;
      KerasConfig attributes(class_name, config, source);
      KerasLayer layer = factory.make(attributes);
      attributes.finish();
      return detail::checked(std::move(layer), attributes);
    }
  }
  throw Error("layer " + host::in_quotes(source.name) + " is of the class " + host::in_quotes(class_name) +
              ", which is not known; build the model without it");
}

std::vector<std::string> keras_layer_classes() {
  std::vector<std::string> names;
  for (const auto& group : detail::factories()) {
    for (const detail::KerasFactory& factory : group) names.emplace_back(factory.class_name);
  }
  return names;
}

}  // namespace etch
