// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// A weight that a layer of Keras has, by its class and configuration.
struct KerasRole {
  std::string name;   ///< such as "kernel"
  std::string store;  ///< where in the layer's group of a `.keras` file its array lies: "cell" of an LSTM
  bool trainable = true;
};

/// The weights of a layer in the order of Keras's `get_weights()`; none for a class that has none, or is not
/// known.
std::vector<KerasRole> keras_roles(const nlohmann::json& layer);

/// Whether an array that a file calls `name` ("dense_1/kernel:0") can be the weight called `role`. Names that
/// are none of any role tell nothing.
bool is_keras_role(std::string_view role, std::string_view name);

}  // namespace etch::host
