// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/formats/tflite/tables.hpp>

namespace etch::host::tflite {

/// Reads the options of an operator of a known kind; other kinds have none that matter. False where the table
/// lies outside of the file.
bool read_options(const OptionsTable& table, flatbuffers::Verifier& verifier, FileOperator& op);

}  // namespace etch::host::tflite
