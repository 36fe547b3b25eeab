// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/element_names.hpp>
#include <codegen/model/imported_model.hpp>

#include <span>

namespace etch::host {

/// "25x5x64"
std::string shape_text(const Shape& shape);
/// "scale 0.5, zero point -128", or nothing for real numbers.
std::string quantization_text(const Quantization& quantization);

const Value& value_of(const ImportedModel& model, int value);
/// Whether the bytes of an int8 value are numbers of uint8 to who gives or gets them.
bool is_unsigned(const ImportedModel& model, int value);
/// "int8": what its numbers are to people, and to files.
const char* type_text(const ImportedModel& model, int value);
std::size_t bytes_of_value(const ImportedModel& model, int value);

/// Stored numbers as real ones.
std::vector<float> real_numbers(const ImportedModel& model, int value, std::span<const std::byte> stored);

}  // namespace etch::host
