// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/declaration.hpp>

namespace etch::host::declare {

/// The layer's name in the name that a file gives a value, such as "model/conv1/BiasAdd;..." or
/// "/conv1/Conv_output_0"; "" if that holds none, as in "input.4" or "117". Of several names in one, as
/// TensorFlow gives them to what it merged, it is that of a layer of this type, or the first.
std::string layer_name(const std::string& value, const std::string& type);

/// Leaves out names that layers get by themselves, and those that another layer has already.
void name_layers(Declaration& declaration);

}  // namespace etch::host::declare
