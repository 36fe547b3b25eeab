// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/tool/commands.hpp>

#include <memory>
#include <ostream>

namespace etch::tool {

void add_ops(CLI::App& tool, std::ostream& out) {
  CLI::App* command =
      tool.add_subcommand("ops", "List the operators and layers of each format that are read");
  const auto format = std::make_shared<std::string>();
  command->add_option("format", *format, "One format, such as tflite, onnx, keras or rtneural");
  command->callback([format, &out] { out << host::operators_text(*format); });
}

}  // namespace etch::tool
