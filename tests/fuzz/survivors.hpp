// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

namespace etch::fuzz {

/// Models like those that fuzzing finds to be legal: the same number is always the same model, of one version
/// of Etch. Three of four are mutations of the corpus's .tflite files, one after the other; the others
/// branch, join and split at random.
host::ImportedModel survivor(unsigned number);

}  // namespace etch::fuzz
