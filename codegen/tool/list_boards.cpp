// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/json_option.hpp>

#include <nlohmann/json.hpp>

#include <ostream>

namespace etch::tool {

namespace {

std::string size_text(long long bytes) {
  constexpr long long kb = 1024;
  return bytes % (kb * kb) == 0 ? std::to_string(bytes / (kb * kb)) + " MB"
                                : std::to_string(bytes / kb) + " KB";
}

void list(std::ostream& out) {
  using enum host::TextTable::Align;
  host::TextTable table({{"--board"},
                         {"board"},
                         {"vendor"},
                         {"chip"},
                         {"core"},
                         {"kernels of"},
                         {"flash", right},
                         {"RAM", right},
                         {"MHz", right},
                         {"wait states", right},
                         {"built with"}});
  for (const host::Board& b : host::boards())
    table.add({b.name, b.title, b.vendor, b.chip, b.core, b.target, size_text(b.flash), size_text(b.ram),
               std::to_string(b.clock), b.wait_states < 0 ? "cache" : std::to_string(b.wait_states),
               b.package});
  table.print(out);
  out << "\nRAM is the largest block in one piece. Tests run programs of these cores in an emulator, and "
         "none on a "
         "board.\n--board also takes a core: "
      << host::core_names() << '\n';
}

}  // namespace

void add_boards(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("boards", "List the boards that --board takes");
  const auto json = std::make_shared<JsonOption>();
  add_json_option(*command, *json);
  command->callback([json, &out] {
    list(text_of(*json, out));
    if (json->wanted) print_json({{"command", "boards"}, {"boards", host::boards_data()}}, out);
  });
}

}  // namespace etch::tool
