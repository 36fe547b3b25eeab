// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/formats/tflite/tables.hpp>

namespace etch::host::tflite {

/// Reads what its kind of operator has. False where some of it lies outside of the file.
bool read_options(const OptionsTable& table, flatbuffers::Verifier& verifier, FileOperator& op);

}  // namespace etch::host::tflite
