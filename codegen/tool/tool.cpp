// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/tool/commands.hpp>
#include <runtime/host/data/picture.hpp>
#include <runtime/host/version.hpp>

#include <algorithm>
#include <exception>
#include <new>

namespace etch::tool {

namespace {

std::string version_text() {
  const std::string missing(host::missing_picture_libraries());
  return "etch " + std::string(host::version) + "\n" + host::formats_text() +
         (missing.empty() ? "" : "\n" + missing);
}

}  // namespace

int run_tool(std::vector<std::string> arguments, std::ostream& out, std::ostream& err) {
  CLI::App tool{"Etch: static neural networks for devices", "etch"};
  tool.set_version_flag("--version", version_text());
  tool.require_subcommand(1);
  add_inspect(tool, out);
  add_compile(tool, out);
  add_convert(tool, out);
  add_run(tool, out);
  add_verify(tool, out);
  add_ops(tool, out);
  add_boards(tool, out);
  add_report(tool, out);
  add_prove(tool, out);
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    tool.parse(std::move(arguments));
    return 0;
  } catch (const CLI::ParseError& wish) {
    return tool.exit(wish, out, err) == 0 ? 0 : 1;
  } catch (const std::bad_alloc&) {
    err << "etch: the model and its data need more memory than this machine has free\n";
    return 1;
  } catch (const std::exception& mistake) {
    err << "etch: " << mistake.what() << '\n';
    return 1;
  }
}

}  // namespace etch::tool
