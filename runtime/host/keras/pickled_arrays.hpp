// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <runtime/host/files/hdf5.hpp>
#include <span>
#include <string>

namespace etch::host {

/// The arrays of a dictionary that NumPy pickled in an array of one object, by their names. Throws `Error`
/// for any other pickle; `name` stands for it in messages.
std::map<std::string, Hdf5Array> pickled_arrays(std::span<const std::byte> pickle, const std::string& name);

}  // namespace etch::host
