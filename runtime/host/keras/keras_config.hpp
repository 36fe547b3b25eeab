// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <runtime/host/keras/keras_file.hpp>
#include <string>
#include <string_view>

namespace etch::host {

/// The configuration of a file's model, in one dialect: tuples and arrays, which Keras writes as objects,
/// are lists. Throws `Error` for a text that is no JSON, or nests more than 64 lists and objects.
nlohmann::json keras_config(const KerasFile& file);

/// The members of a layer's object, of both dialects; empty where they are not there.
std::string keras_class(const nlohmann::json& layer);
std::string keras_name(const nlohmann::json& layer);

/// The layers of a model, a list: null for what is no model. Sequential models of old are the list itself.
const nlohmann::json* keras_layers(const nlohmann::json& model);

/// Whether a layer is one of `keras.ops`, which are no layers and are not counted as such.
bool is_keras_operation(const nlohmann::json& layer);

/// "SeparableConv2D" as "separable_conv2d": what Keras calls groups of weights by.
std::string keras_snake_case(std::string_view class_name);

}  // namespace etch::host
