// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/declaration.hpp>

#include <string>
#include <vector>

namespace etch::host::declare {

/// One layer after the other, with one input and one output: a Sequential model.
bool is_chain(const Declaration& declaration);

/// The layers of a chain, an expression each.
std::vector<std::string> layers_of_chain(const Declaration& declaration);

/// The body of a functional model: its inputs and the variables it needs; a statement a call, which take the
/// variable of a value that is read no more; what it returns.
struct FunctionBody {
  std::vector<std::string> inputs, calls;
  std::string result;
};
FunctionBody body_of(const Declaration& declaration);

/// Statements as they are written: blocks that repeat become loops. \param indent of the first.
std::vector<std::string> with_loops(const std::vector<std::string>& statements);

}  // namespace etch::host::declare
