// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <runtime/host/keras/json_member.hpp>
#include <runtime/host/keras/keras_config.hpp>
#include <runtime/host/keras/keras_roles.hpp>

namespace etch::host {
namespace {

using Json = nlohmann::json;
using Roles = std::vector<KerasRole>;

bool is_on(const Json& config, const char* key, bool fallback) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return fallback;
  return found->is_boolean() ? found->get<bool>() : !found->is_number() || *found != 0;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

Roles with_bias(Roles roles, const Json& config) {
  const std::string store = roles.empty() ? "" : roles.back().store;
  if (is_on(config, "use_bias", true)) roles.push_back({"bias", store});
  return roles;
}

Roles scale_and_center(const Json& config) {
  Roles roles;
  if (is_on(config, "scale", true)) roles.push_back({"gamma", ""});
  if (is_on(config, "center", true)) roles.push_back({"beta", ""});
  return roles;
}

Roles below(const std::string& store, Roles roles) {
  for (KerasRole& role : roles) role.store = store + (role.store.empty() ? "" : "/" + role.store);
  return roles;
}

void append(Roles& roles, const Roles& more) { roles.insert(roles.end(), more.begin(), more.end()); }

Roles heads(const Json& config) {
  Roles roles;
  for (const char* part : {"query_dense", "key_dense", "value_dense", "output_dense"})
    append(roles, with_bias({{"kernel", part}}, config));
  return roles;
}

/// A layer around others. The backward layer is a copy of the other unless it is there itself.
Roles wrapper(const std::string& name, const Json& config) {
  const Json& layer = member(config, "layer");
  if (name == "TimeDistributed") return below("layer", keras_roles(layer));
  Roles roles = below("forward_layer", keras_roles(layer));
  const Json& backward = member(config, "backward_layer");
  append(roles, below("backward_layer", keras_roles(backward.is_object() ? backward : layer)));
  return roles;
}

Roles normalization(const std::string& name, const Json& config) {
  if (name == "RMSNormalization") return {{"scale", ""}};
  if (name == "Normalization") {
    if (!member(config, "mean").is_null()) return {};
    return {{"mean", "", false}, {"variance", "", false}, {"count", "", false}};
  }
  Roles roles = scale_and_center(config);
  if (name.starts_with("BatchNormalization"))
    append(roles, {{"moving_mean", "", false}, {"moving_variance", "", false}});
  return roles;
}

}  // namespace

Roles keras_roles(const Json& layer) {
  const std::string name = keras_class(layer);
  const Json& config = layer.is_object() ? member(layer, "config") : layer;
  if (!config.is_object()) return {};
  if (is_one_of(name, {"Dense", "Conv1D", "Conv2D", "Conv1DTranspose", "Conv2DTranspose"}))
    return with_bias({{"kernel", ""}}, config);
  if (is_one_of(name, {"DepthwiseConv1D", "DepthwiseConv2D"}))
    return with_bias({{"depthwise_kernel", ""}}, config);
  if (is_one_of(name, {"SeparableConv1D", "SeparableConv2D"}))
    return with_bias({{"depthwise_kernel", ""}, {"pointwise_kernel", ""}}, config);
  if (is_one_of(name, {"LSTM", "GRU", "SimpleRNN"}))
    return below("cell", with_bias({{"kernel", ""}, {"recurrent_kernel", ""}}, config));
  if (is_one_of(name, {"Bidirectional", "TimeDistributed"})) return wrapper(name, config);
  if (name.find("Normalization") != name.npos && name != "UnitNormalization")
    return normalization(name, config);
  if (name == "Embedding") return {{"embeddings", ""}};
  if (name == "PReLU") return {{"alpha", ""}};
  if (name == "MultiHeadAttention") return heads(config);
  if (name == "Attention" && is_on(config, "use_scale", false)) return {{"scale", ""}};
  return {};
}

bool is_keras_role(std::string_view role, std::string_view name) {
  constexpr std::array<std::string_view, 16> known{"kernel",
                                                   "bias",
                                                   "depthwise_kernel",
                                                   "pointwise_kernel",
                                                   "recurrent_kernel",
                                                   "gamma",
                                                   "beta",
                                                   "moving_mean",
                                                   "moving_variance",
                                                   "embeddings",
                                                   "alpha",
                                                   "scale",
                                                   "mean",
                                                   "variance",
                                                   "count",
                                                   "recurrent_bias"};
  name = name.substr(name.rfind('/') + 1);
  name = name.substr(0, name.find(':'));
  if (name == role || std::ranges::find(known, name) == known.end()) return true;
  return name == "kernel" && role == "depthwise_kernel";
}

}  // namespace etch::host
