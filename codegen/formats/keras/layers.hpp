// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace etch {

/// A layer object whose kind is known only at run time. Called again it shares its weights, as in Keras.
using KerasLayer = std::function<Tensor(std::span<const Tensor> inputs)>;

/// Where a configuration comes from: what messages call the layer, and the Keras that wrote it, since some
/// words changed their meaning between versions 2 and 3.
struct KerasSource {
  std::string name;
  int version = 3;
};

/// Makes the Etch layer of a Keras class from its configuration, the JSON text of `get_config()`. Layers of
/// data format channels_first get the permutations around them that channels last needs. The weights are
/// created in the order of Keras's `get_weights()`.
///
/// \throws Error naming the layer for a class or attribute that is not known, an attribute of the wrong type,
///   and a value that the layer cannot have. A call throws Error for inputs that do not fit.
KerasLayer make_keras_layer(const std::string& class_name, const std::string& config,
                            const KerasSource& source);

/// The classes that `make_keras_layer` knows.
std::vector<std::string> keras_layer_classes();

}  // namespace etch
