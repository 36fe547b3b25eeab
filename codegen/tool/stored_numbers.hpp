// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <runtime/host/data/npy.hpp>

namespace etch::tool {

/// How one value of a model stores its numbers.
struct Storage {
  ElementType type = ElementType::real;
  bool is_unsigned = false;
  host::Quantization quantization{};
};
Storage storage_of(const host::ImportedModel& model, int value);

/// Real numbers as the value stores them: rounded to the nearest, NaN to its zero point.
std::vector<std::byte> as_stored(const std::vector<float>& real, const Storage& storage);
/// Whether an array's type is the value's own.
bool is_own_type(host::NpyType type, const Storage& storage);
/// What NumPy calls a type.
const char* name_of(host::NpyType type);
/// How the header of a .npy file writes the value's own type.
const char* npy_text(const Storage& storage);

}  // namespace etch::tool
