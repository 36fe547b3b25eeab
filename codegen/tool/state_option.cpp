// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/state_option.hpp>
#include <runtime/host/error.hpp>

#include <ostream>

namespace etch::tool {

void add_state_option(CLI::App& command, StateOption& option) {
  command.add_option(
      "--state", option.text,
      "States of models that have some: keep them from sample to sample (if left out), or reset "
      "them before each");
}

bool resets_states(const StateOption& option, const host::ModelSession& session, std::ostream& out) {
  if (option.text != "keep" && option.text != "reset")
    throw Error("there is no way '" + option.text + "' to treat states: --state takes keep or reset");
  const bool resets = option.text == "reset";
  if (session.state_bytes() > 0)
    out << "states (" << host::grouped(session.state_bytes()) << " bytes) are "
        << (resets ? "reset before each sample\n" : "kept from sample to sample\n");
  return resets;
}

}  // namespace etch::tool
