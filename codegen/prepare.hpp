// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/imported_model.hpp>
#include <codegen/target.hpp>

namespace etch::host {

struct PrepareOptions {
  Target target = Target::portable;
};

/// The model that is shipped for a target: the same results, byte for byte, from less work. What was taken
/// out of a value is noted in `ImportedValue::left`, so that layers can still be compared.
ImportedModel prepare(const ImportedModel& model, const PrepareOptions& options = {});

}  // namespace etch::host
