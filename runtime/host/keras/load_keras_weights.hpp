// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <runtime/host/files/model_file.hpp>
#include <runtime/host/keras/keras_file.hpp>
#include <span>

namespace etch::host {

/// A weight of a declared model, and the layer that has it.
struct KerasTarget {
  ModelTensor tensor;
  const char* kind = "";  ///< of the layer, such as "Conv2D"
  int layer = -1;         ///< a number of its own
};

/// Whether a file's first bytes are those of a file that Keras may have written. False for a file that is not
/// there.
bool is_keras_file(const std::filesystem::path& path);

/// Loads the weights of a file of Keras into a declared model: one after the other, as the file's model has
/// its layers, or, of `.weights.h5` alone, as the declaration has layers of each class. Shapes, weights'
/// names and names that the declaration gave its layers have to agree. All of the file is checked before the
/// first number is written. Throws `Error`, which names the layer that differs.
void load_keras_weights(const std::filesystem::path& path, std::span<const KerasTarget> targets);

/// The same of a file that was taken apart.
void load_keras_weights(const KerasFile& file, std::span<const KerasTarget> targets);

}  // namespace etch::host
