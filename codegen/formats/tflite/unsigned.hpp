// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/int8/quantization.hpp>

namespace etch::host::tflite {

/// Makes all uint8 of a file int8: numbers and zero points become 128 lower, and `FileTensor::shifted` says
/// so.
void shift_unsigned(File& file);
/// The same the other way, of the first subgraph: all int8 becomes uint8.
void make_unsigned(File& file);

/// Bytes of uint8, as they come from outside, to int8, and back.
int8::Table other_sign();

}  // namespace etch::host::tflite
