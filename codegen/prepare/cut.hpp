// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <string_view>

namespace etch::host {

/// The model up to one value, which becomes its only output, and without all steps that this value does not
/// need: a trunk, whose bytes stay as they were, on which something else is built. Inputs stay, read or not.
/// \param at the value's name in the source, or the number of the operator that gives it, as `etch inspect`
/// prints them. Throws `Error` where there is no such value, or where it is an input, a constant or one of
/// several values of that name.
ImportedModel cut(const ImportedModel& model, std::string_view at);

}  // namespace etch::host
