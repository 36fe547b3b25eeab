// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/onnx/write_model.hpp>
#include <codegen/formats/tflite/write_model.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/model_options.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/replace_file.hpp>

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
    require_floats(options.model);
    out << text_of(write_declaration_files(options.model, path.parent_path(), path.stem().string(),
                                           Existing::written_over),
                   std::filesystem::path(options.model.file).stem().string());
  } else if (extension == ".safetensors") {
    require_floats(options.model);
    out << text_of(write_declared_weights(options.model, path), "");
  } else if (extension == ".onnx") {
    const auto bytes = host::write_onnx(load_model(options.model, out));
    host::replace_file(path, bytes);
    out << "the model is in " << options.output << ", opset 17, " << bytes.size() << " bytes\n";
  } else if (extension == ".tflite") {
    ModelOptions model = options.model;
    model.tflite_functions = true;
    const auto bytes = host::write_tflite(load_model(model, out));
    host::replace_file(path, bytes);
    out << "the model is in " << options.output << ", " << bytes.size()
        << " bytes; read again, it has the same steps and the same bytes\n";
  } else {
    throw Error("'" + options.output +
                "' is of no format that is written: give a name that ends in .hpp (a " +
                "declaration, its weights beside it), .safetensors (Etch's model file), .onnx or .tflite");
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
          "NAME.safetensors alone, or NAME.onnx, or NAME.tflite of a model of int8, 16x8 or uint8")
      ->required();
  command->callback([options, &out] { convert(*options, out); });
}

}  // namespace etch::tool
