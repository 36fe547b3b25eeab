// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/write_declaration.hpp>
#include <codegen/firmware/firmware_files.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/source_names.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/host/version.hpp>

#include <ostream>

namespace etch::tool {

namespace {

host::ImportedModel declared_model(const ModelOptions& options) {
  if (options.int8 || options.int16)
    throw Error("a declaration is of a model of floats: leave --int8, --int16 and --calibrate out");
  return load_declared_model(options);
}

}  // namespace

void write_declaration_files(const ModelOptions& options, const std::filesystem::path& folder,
                             const std::string& name, std::ostream& out) {
  if (!host::is_identifier(name))
    throw Error("'" + name + "' is no C++ identifier, so it cannot name a declaration: choose another name");
  const host::ImportedModel model = declared_model(options);
  const host::declare::Declaration declaration = host::declare::declaration_of(model);
  const std::string weights = name + ".safetensors";
  if (std::filesystem::exists(folder / weights) &&
      std::filesystem::equivalent(folder / weights, options.file))
    throw Error("the weights of '" + name + ".hpp' would be written over '" + options.file +
                "', the model that is read: give another name or folder");
  const std::string origin =
      "Made by etch " + std::string(host::version) + " from " + named_content(options.file);
  const std::string text = host::header_of(declaration, {name, origin, weights});
  if (!folder.empty()) std::filesystem::create_directories(folder);
  host::save_declared(declaration, model, folder / weights);
  host::replace_file(folder / (name + ".hpp"), std::as_bytes(std::span(text)));
  out << "'" << model.name << "' is declared in " << (folder / (name + ".hpp")).string() << ", "
      << declaration.calls.size() << (declaration.calls.size() == 1 ? " call" : " calls")
      << " of layers; its weights are in " << weights << "\n";
}

void write_declared_weights(const ModelOptions& options, const std::filesystem::path& path) {
  const host::ImportedModel model = declared_model(options);
  host::save_declared(host::declare::declaration_of(model), model, path);
}

}  // namespace etch::tool
