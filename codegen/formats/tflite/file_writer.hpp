// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>

namespace etch::host::tflite {

/// The first subgraph of a file as it is stored. Names, versions and options of operators follow from their
/// kinds: of those that `write_model.cpp` makes. \param name of the graph.
std::vector<std::byte> bytes_of(const File& file, const std::string& name);

}  // namespace etch::host::tflite
