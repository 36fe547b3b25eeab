// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <runtime/host/files/hdf5.hpp>
#include <span>
#include <string>

namespace etch::host {

/// The weights of a `.keras` archive whose `model.weights.npz` holds, for each layer, a pickled dictionary of
/// arrays. Only arrays are made of a pickle, and nothing is called; whatever else stands in it is an `Error`.
Hdf5Tree read_keras_npz(std::span<const std::byte> file, const std::string& name);

}  // namespace etch::host
