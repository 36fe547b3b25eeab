// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/layer_names.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace etch::host::declare {

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Parts of a path that TensorFlow and ONNX name after the operator: "BiasAdd", "Conv_output_0".
bool names_operator(const std::string& part) {
  return part.empty() || std::isupper(static_cast<unsigned char>(part[0])) != 0;
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// What may stand in a name: others become underscores.
std::string cleaned(std::string name) {
  for (char& c : name)
    if (!is_letter(c) && std::isdigit(static_cast<unsigned char>(c)) == 0) c = '_';
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

bool is_numbered_only(const std::string& name) {
  const auto dot = name.find_first_of(".:");
  const std::string number = dot == std::string::npos ? name : name.substr(dot + 1);
  return std::ranges::all_of(number, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

/// TensorFlow calls the results of a model "Identity" and "Identity_1", whatever layer makes them.
bool is_result_only(const std::string& name) {
  return name == "Identity" || (name.starts_with("Identity_") && is_numbered_only(name.substr(9)));
}

/// "depthwise_conv2d" and "DepthwiseConv2D" as the same.
std::string squeezed(const std::string& name) {
  std::string text;
  for (const char c : name)
    if (c != '_') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string name_in(const std::string& path) {
  constexpr std::size_t longest = 60;
  std::vector<std::string> parts = parts_of(path);
  while (parts.size() > 1 && names_operator(parts.back())) parts.pop_back();
  const std::string& name = parts.back();
  if (name.empty() || !is_letter(name[0]) || is_numbered_only(name) || is_result_only(name) ||
      name.size() > longest)
    return "";
  return cleaned(name);
}

}  // namespace

std::string layer_name(const std::string& value, const std::string& type) {
  std::string first;
  for (std::size_t begin = 0; begin < value.size();) {
    const std::size_t end = std::min(value.find(';', begin), value.size());
    std::string name = name_in(value.substr(begin, end - begin));
    if (!type.empty() && squeezed(name).starts_with(squeezed(type))) return name;
    if (first.empty()) first = name;
    begin = end + 1;
  }
  return first;
}

void name_layers(Declaration& declaration) {
  std::set<std::string> taken;
  for (Declaration::Input& input : declaration.inputs)
    if (!input.name.empty() && !taken.insert(input.name).second) input.name.clear();
  for (LayerCall& call : declaration.calls)
    if (!call.name.empty() && !taken.insert(call.name).second) call.name.clear();
  std::vector<std::string> names;
  for (LayerCall& call : declaration.calls) names.push_back(std::exchange(call.name, ""));
  // All go without at first. Names that then differ are given, which may change the numbers of those after.
  for (bool changed = true; changed;) {
    changed = false;
    const Traced traced = trace(declaration);
    for (std::size_t i = 0; i < names.size(); ++i) {
      LayerCall& call = declaration.calls[i];
      if (names[i].empty() || !call.name.empty() || traced.paths[i] == names[i]) continue;
      call.name = names[i];
      changed = true;
    }
  }
}

}  // namespace etch::host::declare
