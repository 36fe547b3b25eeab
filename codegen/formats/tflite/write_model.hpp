// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <cstddef>
#include <vector>

namespace etch::host {

/// A model of int8 as a .tflite file, with a batch of one. Real numbers may stand at its ends. The file is
/// read again before it is given out: it has the same steps and the same bytes of weights, or it is refused.
/// Throws `Error`, one sentence that lists every step that has no operator.
std::vector<std::byte> write_tflite(const ImportedModel& model);

}  // namespace etch::host
