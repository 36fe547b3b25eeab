// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/write_declaration.hpp>
#include <codegen/firmware/firmware_files.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/source_names.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/host/version.hpp>

namespace etch::tool {

namespace {

namespace fs = std::filesystem;

bool is_same_file(const fs::path& path, const std::string& file) {
  return fs::exists(path) && fs::equivalent(path, file);
}

/// A name that is free to be written to.
std::string weights_name(const ModelOptions& options, const fs::path& folder, const std::string& name,
                         Existing existing) {
  for (const std::string& weights : {name + ".safetensors", name + "_declared.safetensors"}) {
    const fs::path path = folder / weights;
    const bool kept = existing == Existing::kept ? fs::exists(path) : is_same_file(path, options.file);
    if (!kept) return weights;
  }
  throw Error("'" + name + ".safetensors' and '" + name +
              "_declared.safetensors' are there already: give another name or folder for its weights");
}

bool is_made_real(const host::ImportedModel& model) { return model.widened.real_bytes > 0; }

std::string origin_of(const ModelOptions& options, const host::ImportedModel& model) {
  std::string origin = "Made by etch " + std::string(host::version) + " from " + named_content(options.file);
  for (const std::string& note : model.notes) origin += "\n// " + note;
  if (is_made_real(model))
    origin += "\n// Its weights are real numbers, made of the whole ones that the file has.";
  return origin;
}

}  // namespace

void require_floats(const ModelOptions& options) {
  if (options.int8 || options.int16)
    throw Error("a declaration is of a model of floats: leave --int8, --int16 and --calibrate out");
}

std::string text_of(const DeclarationFiles& files, const std::string& model) {
  std::string text = files.header.empty()
                         ? "the weights and the graph are in " + files.weights.string()
                         : "'" + model + "' is declared in " + files.header.string() + ", " +
                               std::to_string(files.calls) + (files.calls == 1 ? " call" : " calls") +
                               " of layers; its weights are in " + files.weights.filename().string();
  text += files.made_real ? ", as real numbers\n" : "\n";
  for (const std::string& note : files.notes) text += note + "\n";
  return text;
}

DeclarationFiles write_declaration_files(const ModelOptions& options, const fs::path& folder,
                                         const std::string& name, Existing existing) {
  if (!host::is_identifier(name))
    throw Error("'" + name + "' is no C++ identifier, so it cannot name a declaration: choose another name");
  const fs::path header = folder / (name + ".hpp");
  if (existing == Existing::kept && fs::exists(header))
    throw Error(header.string() + " is there already and stays as it is; --declaration writes it anew");
  const host::ImportedModel model = load_declared_model(options);
  const host::declare::Declaration declaration = host::declare::declaration_of(model);
  const std::string weights = weights_name(options, folder, name, existing);
  const std::string text = host::header_of(declaration, {name, origin_of(options, model), weights});
  if (!folder.empty()) fs::create_directories(folder);
  host::save_declared(declaration, model, folder / weights);
  host::replace_file(header, std::as_bytes(std::span(text)));
  return {header, folder / weights, declaration.calls.size(), is_made_real(model), model.notes};
}

DeclarationFiles write_declared_weights(const ModelOptions& options, const fs::path& path) {
  const host::ImportedModel model = load_declared_model(options);
  const host::declare::Declaration declaration = host::declare::declaration_of(model);
  host::save_declared(declaration, model, path);
  return {{}, path, declaration.calls.size(), is_made_real(model), model.notes};
}

}  // namespace etch::tool
