// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

#include <memory>
#include <string>

namespace etch::host {

/// Reads what `graph_text` wrote. Operands, shapes and sizes are checked, so that passes can run over the
/// graph. Throws `Error`; `name` stands for the file in messages.
std::unique_ptr<Graph<declaration_capacity>> read_graph_text(const std::string& text,
                                                             const std::string& name);

}  // namespace etch::host
