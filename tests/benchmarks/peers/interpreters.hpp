// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tests/benchmarks/model_in_memory.hpp"

namespace peers {

/// A prediction of one sample by the interpreter with this compilation's kernels, in the numerics of the
/// model.
void predict(const etch::benchmarks::ModelInMemory& model);

}  // namespace peers
