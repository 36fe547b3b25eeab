// SPDX-License-Identifier: BSL-1.0
#include <nlohmann/json.hpp>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/keras/keras_archive.hpp>
#include <runtime/host/keras/keras_file.hpp>
#include <runtime/host/keras/keras_npz.hpp>

#include <cstring>

namespace etch::host {
namespace {

bool is_zip(std::span<const std::byte> file) {
  return file.size() >= 4 && std::memcmp(file.data(), "PK\3\4", 4) == 0;
}

#ifdef ETCH_HAS_HDF5
// The texts of an archive travel as attributes of its root.
constexpr const char *metadata_key = "metadata.json", *config_key = "config.json";

[[noreturn]] void refuse_child(const std::string& name, const ChildResult& result) {
  switch (result.end) {
    case ChildResult::End::refused:
      throw Error(result.sentence);
    case ChildResult::End::no_memory:
      refuse(name, "to read it takes more than 512 MB", "save the model without its optimizer");
    case ChildResult::End::no_time:
      refuse(name, "to read it takes longer than 10 s", "save the model again");
    default:
      refuse(name, "it is damaged: the library that reads it stopped", "save the model again");
  }
}

/// What runs in the child.
Hdf5Tree read_tree(std::span<const std::byte> file, const std::string& name) {
  if (!is_zip(file)) return read_hdf5(file, name);
  const KerasArchive archive = read_keras_archive(file, name);
  Hdf5Tree tree;
  if (!archive.weights.empty())
    tree = archive.npz ? read_keras_npz(archive.weights, name) : read_hdf5(archive.weights, name);
  Hdf5Object& root = tree[""];
  root.texts[metadata_key] = {archive.metadata};
  root.texts[config_key] = {archive.config};
  return tree;
}

std::string only_text(const Hdf5Object& object, const char* key) {
  std::string joined;
  for (const std::string& part : object.text(key)) joined += part;
  return joined;
}

/// The version that metadata.json tells, if it does.
std::string version_in(const std::string& metadata) {
  const auto json = nlohmann::json::parse(metadata, nullptr, false);
  const auto version = json.is_object() ? json.find("keras_version") : json.end();
  return json.is_object() && version != json.end() && version->is_string() ? version->get<std::string>() : "";
}

/// A whole model as HDF5 has its weights below a group of their own.
Hdf5Tree below(const Hdf5Tree& tree, const std::string& group) {
  Hdf5Tree inner;
  const std::string prefix = group + "/";
  for (const auto& [path, object] : tree) {
    if (path == group) inner[""] = object;
    if (path.starts_with(prefix)) inner[path.substr(prefix.size())] = object;
  }
  return inner;
}

KerasFile keras_file_of(Hdf5Tree tree, const std::string& name) {
  KerasFile result;
  result.name = name;
  const Hdf5Object root = tree[""];
  if (root.texts.contains(config_key)) {
    result.version = version_in(only_text(root, metadata_key));
    result.config = only_text(root, config_key);
    if (result.config.empty()) refuse(name, "its config.json is empty", "save the model again");
    result.weights = std::move(tree);
    return result;
  }
  result.version = only_text(root, "keras_version");
  result.config = only_text(root, "model_config");
  const bool has_model = tree.contains("model_weights");
  result.weights = has_model ? below(tree, "model_weights") : std::move(tree);
  const Hdf5Object& weights = result.weights[""];
  result.by_layer_names = has_model || !weights.text("layer_names").empty();
  if (result.version.empty()) result.version = only_text(weights, "keras_version");
  return result;
}
#endif

}  // namespace

bool is_keras(std::span<const std::byte> file) { return is_zip(file) || is_hdf5(file); }

const char* missing_keras_library() {
#if !defined(ETCH_HAS_HDF5)
  return "HDF5";
#elif !defined(ETCH_HAS_LIBZIP)
  return "libzip";
#else
  return "";
#endif
}

KerasFile read_keras_file(std::span<const std::byte> file, const std::string& name) {
#ifdef ETCH_HAS_HDF5
  const ChildResult result =
      run_in_child([&](const GiveBytes& give) { give_tree(read_tree(file, name), give); });
  if (result.end != ChildResult::End::finished) refuse_child(name, result);
  return keras_file_of(tree_of(result.bytes, name), name);
#else
  static_cast<void>(file);
  refuse(name, "it is a file of Keras, and this build of Etch is without HDF5",
         "install libhdf5-dev and libzip-dev, and build Etch again");
#endif
}

}  // namespace etch::host
