// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

namespace etch::host {

/// Why a step that was read from a file cannot be run, or null: operands have to be as long as the shapes and
/// attributes say. Attributes are looked at for dense, convolution, pooling and normalization steps.
const char* step_fault(const Graph<declaration_capacity>& graph, const Step& step);

}  // namespace etch::host
