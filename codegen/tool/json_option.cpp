// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/tool/json_option.hpp>
#include <runtime/host/version.hpp>

#include <nlohmann/json.hpp>

#include <ostream>

namespace etch::tool {

void add_json_option(CLI::App& command, JsonOption& option) {
  command.add_flag("--json", option.wanted, "Print JSON (docs/tool.schema.json) instead of text");
}

std::ostream& text_of(const JsonOption& option, std::ostream& out) {
  static std::ostream nothing(nullptr);
  return option.wanted ? nothing : out;
}

void print_json(const nlohmann::ordered_json& data, std::ostream& out) {
  nlohmann::ordered_json all{{"etch", host::version}};
  all.update(data);
  out << all.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace etch::tool
