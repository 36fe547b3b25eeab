// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

namespace etch::fuzz {

/// Whether a model costs so little that it can be run many times a second. Files may ask for more than any
/// machine has time for, and that is their right.
bool is_cheap(const host::ImportedModel& model);

/// Does with a model that was read all that the tool does: prepares, plans, runs and writes it as sources.
/// Whatever is true of every model is required: a prepared model gives the bytes of the imported one, a
/// second run those of the first, and values that lie apart those of the planned arena.
void exercise(const host::ImportedModel& model);

/// Prints at the end of the program how many models were read, and how many of them were too costly to run.
void count_models();

}  // namespace etch::fuzz
