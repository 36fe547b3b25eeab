// SPDX-License-Identifier: BSL-1.0
#include <cctype>
#include <nlohmann/json.hpp>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/keras/keras_config.hpp>

namespace etch::host {
namespace {

using Json = nlohmann::json;

constexpr int most_depth = 64;
constexpr std::size_t longest_config = std::size_t{64} << 20;

/// How deep lists and objects lie in each other: what walks them calls itself.
int depth_of(const std::string& text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!quoted && (c == ']' || c == '}'))
      --depth;
  }
  return deepest;
}

/// The list that an object stands for, or null: {"class_name": "__tuple__", "items": [...]} and its like.
const Json* wrapped_list(const Json& json) {
  const std::string kind = keras_class(json);
  if (kind != "__tuple__" && kind != "__numpy__" && kind != "__tensor__") return nullptr;
  if (const auto items = json.find("items"); items != json.end()) return &*items;
  const auto config = json.find("config");
  if (config == json.end()) return nullptr;
  if (!config->is_object()) return &*config;
  const auto value = config->find("value");
  return value == config->end() ? nullptr : &*value;
}

Json plain(const Json& json) {
  if (json.is_object()) {
    if (const Json* list = wrapped_list(json)) return plain(*list);
    Json object = Json::object();
    for (const auto& [key, value] : json.items()) object[key] = plain(value);
    return object;
  }
  if (!json.is_array()) return json;
  Json list = Json::array();
  for (const Json& item : json) list.push_back(plain(item));
  return list;
}

std::string text_member(const Json& json, const char* key) {
  if (!json.is_object()) return {};
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }

}  // namespace

Json keras_config(const KerasFile& file) {
  if (file.config.size() > longest_config)
    refuse(file.name, "its configuration has more than 64 MB", "save the model again");
  if (depth_of(file.config) > most_depth)
    refuse(file.name, "its configuration nests more than 64 lists and objects", "save the model again");
  const Json json = Json::parse(file.config, nullptr, false);
  if (!json.is_object()) refuse(file.name, "its configuration is no JSON object", "save the model again");
  return plain(json);
}

std::string keras_class(const Json& layer) { return text_member(layer, "class_name"); }

std::string keras_name(const Json& layer) {
  std::string own = text_member(layer, "name");
  if (!own.empty() || !layer.is_object()) return own;
  const auto config = layer.find("config");
  return config == layer.end() ? std::string() : text_member(*config, "name");
}

const Json* keras_layers(const Json& model) {
  if (!model.is_object()) return nullptr;
  const auto config = model.find("config");
  if (config == model.end()) return nullptr;
  if (config->is_array()) return &*config;
  if (!config->is_object()) return nullptr;
  const auto found = config->find("layers");
  return found != config->end() && found->is_array() ? &*found : nullptr;
}

bool is_keras_operation(const Json& layer) {
  const std::string module = text_member(layer, "module");
  return module.starts_with("keras.src.ops") || module.starts_with("keras.ops");
}

std::string keras_snake_case(std::string_view class_name) {
  std::string words;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    const bool begins_word = is_upper(c) && i > 0 && i + 1 < class_name.size() && is_lower(class_name[i + 1]);
    const bool follows_word = is_upper(c) && i > 0 && is_lower(class_name[i - 1]);
    if ((begins_word || follows_word) && words.back() != '_') words += '_';
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

}  // namespace etch::host
