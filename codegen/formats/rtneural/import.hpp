// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// Whether a file is RTNeural's JSON: an object that names `in_shape` and `layers`.
bool is_rtneural(std::span<const std::byte> file);

/// Reads a model of RTNeural, as its `model_utils.save_model` writes them, into one that streams: each run
/// takes one time step, an input [1, features] or for `conv2d` [1, features, channels], and convolutions,
/// `gru` and `lstm` keep what they need of the past, zeros in the beginning. `conv2d` is causal along time
/// whatever its padding is, as in RTNeural. Throws `Error` for files that are damaged and for layers that are
/// not supported, naming the layer, its number and why. \param name stands for the file in messages.
ImportedModel import_rtneural(std::span<const std::byte> file, const std::string& name);

/// The model as it was trained, over sequences [time, ...]: causal convolutions, and recurrent layers that
/// keep no state. As many times as the file's `in_shape` says, or 64; none of its weights depends on that.
/// One time after another from zeros, it computes what `import_rtneural` gives.
ImportedModel import_declared_rtneural(std::span<const std::byte> file, const std::string& name);

/// The types of layers that are read, sorted.
std::vector<std::string> rtneural_layers();

}  // namespace etch::host
