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

/// What is wrong with the arguments, in one sentence that says what was given and where to read on.
std::string mistake_text(const CLI::App& tool, const CLI::ParseError& mistake) {
  const auto chosen = tool.get_subcommands();
  if (!chosen.empty())
    return "etch " + chosen[0]->get_name() + ": " + mistake.what() + "; see etch " + chosen[0]->get_name() +
           " --help";
  const std::vector<std::string> others = tool.remaining();
  std::string text = others.empty() ? "etch: give a command" : "etch: '" + others[0] + "' is no command";
  const char* before = "; there are ";
  for (const CLI::App* command : tool.get_subcommands([](const CLI::App*) { return true; })) {
    text += before + command->get_name();
    before = ", ";
  }
  return text + "; see etch --help";
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
  add_sensitivity(tool, out);
  add_fit_in(tool, out);
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    tool.parse(std::move(arguments));
    return 0;
  } catch (const CLI::Success& wish) {
    return tool.exit(wish, out, err);
  } catch (const CLI::ParseError& mistake) {
    err << mistake_text(tool, mistake) << '\n';
    return 1;
  } catch (const std::bad_alloc&) {
    err << "etch: the model and its data need more memory than this machine has free\n";
    return 1;
  } catch (const std::exception& mistake) {
    err << "etch: " << mistake.what() << '\n';
    return 1;
  }
}

}  // namespace etch::tool
