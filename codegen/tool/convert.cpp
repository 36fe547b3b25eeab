// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/model_options.hpp>
#include <runtime/host/error.hpp>

#include <filesystem>
#include <ostream>

namespace etch::tool {

namespace {

struct ConvertOptions {
  ModelOptions model;
  std::string output;
};

void convert(const ConvertOptions& options, std::ostream& out) {
  const std::filesystem::path path = options.output;
  const std::string extension = path.extension().string();
  if (std::filesystem::exists(path) && std::filesystem::equivalent(path, options.model.file))
    throw Error("'" + options.output + "' is the model that is read: give another name to write to");
  if (extension == ".hpp") {
    write_declaration_files(options.model, path.parent_path(), path.stem().string(), out);
  } else if (extension == ".safetensors") {
    write_declared_weights(options.model, path);
    out << "the weights and the graph are in " << options.output << "\n";
  } else {
    throw Error("'" + options.output +
                "' is of no format that is written: give a name that ends in .hpp (a " +
                "declaration, its weights beside it) or .safetensors (Etch's model file)");
  }
}

}  // namespace

void add_convert(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("convert", "Write a model in another format");
  const auto options = std::make_shared<ConvertOptions>();
  add_model_options(*command, options->model);
  command
      ->add_option(
          "-o,--output", options->output,
          "The file to write: NAME.hpp, a declaration in C++ with its weights in NAME.safetensors, or "
          "NAME.safetensors alone")
      ->required();
  command->callback([options, &out] { convert(*options, out); });
}

}  // namespace etch::tool
