// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/file.hpp>
#include <runtime/host/error.hpp>

namespace etch::host::onnx {

namespace {

/// What a file of a few bytes may grow to, where functions call functions.
constexpr std::size_t most_nodes = 20000;
constexpr int most_depth = 32;

class Inliner {
 public:
  Inliner(const File& file, const std::string& name) : file_(file), name_(name) {}

  std::vector<FileNode> inlined(const std::vector<FileNode>& nodes) {
    for (const FileNode& node : nodes) add(node, 0);
    return std::move(nodes_);
  }

 private:
  const FileFunction* called_by(const FileNode& node) const {
    for (const FileFunction& f : file_.functions)
      if (f.name == node.op && f.domain == node.domain) return &f;
    return nullptr;
  }

  void add(const FileNode& node, int depth) {
    const FileFunction* const function = called_by(node);
    if (nodes_.size() >= most_nodes || depth > most_depth)
      throw Error("'" + name_ + "': its local functions call each other too often");
    if (!function) return nodes_.push_back(node);
    const std::string inside = node.op + "." + std::to_string(calls_++) + "/";
    std::map<std::string, std::string> names;  // inside the function: outside
    for (std::size_t i = 0; i < function->inputs.size(); ++i)
      names[function->inputs[i]] = i < node.inputs.size() ? node.inputs[i] : "";
    for (std::size_t i = 0; i < function->outputs.size(); ++i)
      if (i < node.outputs.size() && !node.outputs[i].empty()) names[function->outputs[i]] = node.outputs[i];
    const auto rename = [&](std::string& name) {
      if (name.empty()) return;
      const auto known = names.find(name);
      name = known != names.end() ? known->second : inside + name;
    };
    for (FileNode step : function->nodes) {
      for (std::string& name : step.inputs) rename(name);
      for (std::string& name : step.outputs) rename(name);
      step.name = inside + step.name;
      give_attributes(step, node);
      add(step, depth + 1);
    }
  }

  /// Attributes that refer to those of the call get their values; those that the call leaves out are none.
  static void give_attributes(FileNode& step, const FileNode& call) {
    std::vector<FileAttribute> given;
    for (FileAttribute& a : step.attributes) {
      if (a.refers_to.empty()) {
        given.push_back(std::move(a));
        continue;
      }
      const FileAttribute* const value = call.attribute(a.refers_to.c_str());
      if (!value) continue;
      given.push_back(*value);
      given.back().name = a.name;
    }
    step.attributes = std::move(given);
  }

  const File& file_;
  const std::string& name_;
  std::vector<FileNode> nodes_;
  int calls_ = 0;
};

}  // namespace

void inline_functions(File& file, const std::string& name) {
  if (!file.functions.empty()) file.nodes = Inliner(file, name).inlined(file.nodes);
}

}  // namespace etch::host::onnx
