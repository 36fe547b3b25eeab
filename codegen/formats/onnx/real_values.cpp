// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/real_values.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace etch::host::onnx {

namespace {

/// Operators whose results can be below 0 and are followed by a Relu in the model before.
constexpr std::array<std::string_view, 8> computing{"Conv", "ConvTranspose",      "Gemm", "MatMul",
                                                    "Add",  "BatchNormalization", "Mul",  "Sub"};

/// The nodes of a file by the values that they make and read.
class Pairs {
 public:
  explicit Pairs(File& file) : file_(file) {
    for (FileNode& node : file.nodes) {
      for (const std::string& output : node.outputs) makers_[output] = &node;
      for (const std::string& input : node.inputs) readers_[input].push_back(&node);
    }
    for (const FileEnd& end : file.outputs) results_.insert(end.name);
    for (const auto& [name, array] : file.initializers) constants_[name] = &array;
  }

  bool take_out() {
    std::set<const FileNode*> gone;
    for (FileNode& node : file_.nodes)
      if (is_pair(node)) {
        for (FileNode* const reader : readers_[node.outputs[0]]) pass_on(node, *reader);
        gone.insert(&node);
      }
    const bool any = !gone.empty();
    std::vector<FileNode> kept;
    for (FileNode& node : file_.nodes)
      if (!gone.contains(&node)) kept.push_back(std::move(node));
    file_.nodes = std::move(kept);
    return any;
  }

 private:
  static bool is(const FileNode& node, const char* op) {
    return node.op == op && node.inputs.size() > 1 && !node.outputs.empty();
  }

  /// Quantizes what some node or the caller makes, for nodes alone that make it real again.
  bool is_pair(const FileNode& node) const {
    if (!is(node, "QuantizeLinear") || constants_.contains(node.inputs[0]) ||
        results_.contains(node.outputs[0]))
      return false;
    const auto readers = readers_.find(node.outputs[0]);
    return readers != readers_.end() && std::ranges::all_of(readers->second, [&](const FileNode* reader) {
             return is(*reader, "DequantizeLinear") && reader->inputs[0] == node.outputs[0] &&
                    std::equal(node.inputs.begin() + 1, node.inputs.end(), reader->inputs.begin() + 1,
                               reader->inputs.end(),
                               [&](const auto& a, const auto& b) { return is_same(a, b); });
           });
  }

  /// Tools give each node constants of its own.
  bool is_same(const std::string& a, const std::string& b) const {
    const auto first = constants_.find(a), second = constants_.find(b);
    if (a == b || first == constants_.end() || second == constants_.end()) return a == b;
    return first->second->type == second->second->type && first->second->bytes == second->second->bytes;
  }

  bool begins_at_zero(const FileNode& quantize) const {
    if (quantize.inputs.size() < 3 || quantize.inputs[2].empty()) return true;  // uint8 from 0 on
    const auto zero = constants_.find(quantize.inputs[2]);
    if (zero == constants_.end() || zero->second->elements() != 1) return false;
    return integers(*zero->second)[0] == (zero->second->type == DataType::int8 ? -128 : 0);
  }

  bool held(const FileNode& quantize) const {
    const auto maker = makers_.find(quantize.inputs[0]);
    return maker != makers_.end() && std::ranges::count(computing, maker->second->op) > 0 &&
           begins_at_zero(quantize);
  }

  /// What made the value real again now only names it, or holds it.
  void pass_on(const FileNode& quantize, FileNode& dequantize) const {
    dequantize.op = held(quantize) ? "Relu" : "Identity";
    dequantize.domain.clear();
    dequantize.opset = std::max(13, dequantize.opset);
    dequantize.inputs = {quantize.inputs[0]};
    dequantize.attributes.clear();
  }

  File& file_;
  std::map<std::string, FileNode*> makers_;
  std::map<std::string, std::vector<FileNode*>> readers_;
  std::map<std::string, const Array*> constants_;
  std::set<std::string> results_;
};

}  // namespace

bool make_values_real(File& file) { return Pairs(file).take_out(); }

}  // namespace etch::host::onnx
