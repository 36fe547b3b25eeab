// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <iosfwd>

namespace CLI {
class App;
}

namespace etch::tool {

/// Whether a command prints what it found as JSON (docs/tool.schema.json), and nothing else, to its output.
struct JsonOption {
  bool wanted = false;
};

void add_json_option(CLI::App& command, JsonOption& option);

/// What a person reads: the output, or where JSON is wanted nothing.
std::ostream& text_of(const JsonOption& option, std::ostream& out);

/// The data on lines of its own, with the version of Etch. Text that is not UTF-8 gets marks.
void print_json(const nlohmann::ordered_json& data, std::ostream& out);

}  // namespace etch::tool
