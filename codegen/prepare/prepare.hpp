// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

namespace etch::host {

/// The model that is shipped: the same results, byte for byte, from less work. What was taken
/// out of a value is noted in `ImportedValue::left`, so that layers can still be compared.
ImportedModel prepare(const ImportedModel& model);

}  // namespace etch::host
