// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/declaration.hpp>

#include <string>
#include <vector>

namespace etch::host::declare {

/// One layer after the other, with one input and one output: a Sequential model.
bool is_chain(const Declaration& declaration);

/// A call of a layer as it is written. It refers to the declaration.
struct Statement {
  std::string before, after;        ///< the layer; `before` is all of a statement without one
  const LayerCall* call = nullptr;  ///< the layer that it makes

  std::string text() const { return before + (call ? call->form.text(call->name) : "") + after; }
};

/// The layers of a chain, added to a `Stack`.
std::vector<Statement> layers_of_chain(const Declaration& declaration);

/// The body of a functional model: its inputs and the variables it needs; a statement a call, which take the
/// variable of a value that is read no more; what it returns.
struct FunctionBody {
  std::vector<std::string> inputs;
  std::vector<Statement> calls;
  std::string result;
};
FunctionBody body_of(const Declaration& declaration);

/// Statements as they are written: blocks that repeat become loops, also where one to three of their numbers
/// differ, if that makes fewer lines.
std::vector<std::string> with_loops(const std::vector<Statement>& statements);

}  // namespace etch::host::declare
