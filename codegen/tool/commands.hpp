// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace etch::tool {

/// Runs `etch` with the arguments after the program's name. What it finds goes to `out`; a mistake is one
/// sentence on `err`. \return the exit code: 0, 1 for a mistake or a difference that was found.
int run_tool(std::vector<std::string> arguments, std::ostream& out, std::ostream& err);

// Each command adds itself to the tool, a file each. They throw `etch::Error`.
void add_boards(CLI::App& tool, std::ostream& out);
void add_compile(CLI::App& tool, std::ostream& out);
void add_convert(CLI::App& tool, std::ostream& out);
void add_fit_in(CLI::App& tool, std::ostream& out);
void add_inspect(CLI::App& tool, std::ostream& out);
void add_ops(CLI::App& tool, std::ostream& out);
void add_prove(CLI::App& tool, std::ostream& out);
void add_report(CLI::App& tool, std::ostream& out);
void add_run(CLI::App& tool, std::ostream& out);
void add_sensitivity(CLI::App& tool, std::ostream& out);
void add_verify(CLI::App& tool, std::ostream& out);

}  // namespace etch::tool
