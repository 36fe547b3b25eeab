// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <string>

namespace etch::host::tflite {

/// In which step two models of whole numbers differ: the ops that run, how they walk over what they read, the
/// bytes of their weights, and who reads whom. Extents of 1 may stand elsewhere. Empty if nothing differs.
std::string difference(const ImportedModel& model, const ImportedModel& other);

}  // namespace etch::host::tflite
