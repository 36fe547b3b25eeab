// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_session.hpp>

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace etch::tool {

/// What happens to the states of a model between the samples of a file.
struct StateOption {
  std::string text = "keep";
};

void add_state_option(CLI::App& command, StateOption& option);

/// Whether each sample begins anew. Says so, or that states are kept, of models that have some. Throws
/// `Error` for other words.
bool resets_states(const StateOption& option, const host::ModelSession& session, std::ostream& out);

}  // namespace etch::tool
