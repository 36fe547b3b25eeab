// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <runtime/host/keras/keras_file.hpp>
#include <string>
#include <vector>

namespace etch::host {

/// An array of a Keras file.
struct KerasWeight {
  std::string role;  ///< such as "kernel"; empty where the file does not say
  const Hdf5Array* array = nullptr;
};

/// A layer of a Keras model with its arrays, in the order of `get_weights()`.
struct KerasLayerWeights {
  std::string path;  ///< its name, behind those of the models that it lies in: "encoder/dense_1"
  std::string class_name;
  std::vector<KerasWeight> weights;
};

/// The layers of a file's model that have weights, in the order of the model; of a file of weights alone in
/// the order of its own. Arrays point into `file`. Throws `Error` where an array is missing or one too many,
/// where names disagree, and for types that are no floats.
std::vector<KerasLayerWeights> keras_weights(const KerasFile& file);

}  // namespace etch::host
