// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

namespace etch::host {

/// A model of floats as a file of ONNX, opset 17 and IR 8, with a batch of 1. Images are channels last at the
/// model's ends, and channels first within, with as few transpositions as that takes. Throws `Error`: which
/// step has no operators of ONNX, or that this build is without libonnx.
std::vector<std::byte> write_onnx(const ImportedModel& model);

}  // namespace etch::host
