// SPDX-License-Identifier: BSL-1.0
// Where results become whole numbers.
#include <codegen/formats/onnx/integer_steps.hpp>

#include <cmath>
#include <limits>

namespace etch::host::onnx {

const FileNode* Context::only_reader(const std::string& name) const {
  const auto readers = readers_.find(name);
  if (readers == readers_.end() || readers->second.size() != 1 || results_.contains(name)) return nullptr;
  const FileNode* const reader = readers->second[0];
  return reader->domain.empty() && !reader->inputs.empty() && reader->inputs[0] == name &&
                 !reader->outputs.empty() && !done_.contains(reader)
             ? reader
             : nullptr;
}

/// Relu and Clip hold what is before them; other nodes do more.
bool Context::hold_between(const FileNode& node, int8::RealBounds& bounds) const {
  if (node.op == "Relu") {
    bounds.lowest = std::max(bounds.lowest, 0.0f);
    return true;
  }
  if (node.op != "Clip") return false;
  const auto hold = [&](const char* attribute, std::size_t input, float& bound, bool lower) {
    float number = bound;
    if (node.opset < 11) {
      if (const FileAttribute* const a = node.attribute(attribute)) number = static_cast<float>(a->real);
    } else if (input < node.inputs.size() && !node.inputs[input].empty()) {
      const auto known = values_.find(node.inputs[input]);
      if (known == values_.end() || !known->second.is_constant() || known->second.array().elements() != 1)
        return false;
      number = floats(known->second.array())[0];
    }
    bound = lower ? std::max(bound, number) : std::min(bound, number);
    return true;
  };
  return hold("min", 1, bounds.lowest, true) && hold("max", 2, bounds.highest, false);
}

std::optional<WholeResult> Context::whole_result(bool activations) {
  if (!has_output(0)) return {};
  WholeResult to;
  int8::RealBounds bounds;
  const FileNode* reader = only_reader(node_->outputs[0]);
  while (reader && reader->op != "QuantizeLinear") {
    if (!activations || !hold_between(*reader, bounds)) return {};
    to.nodes.push_back(reader);
    reader = only_reader(reader->outputs[0]);
  }
  if (!reader || reader->inputs.size() < 2) return {};
  to.nodes.push_back(reader);
  to.name = reader->outputs[0];
  const auto number = [&](std::size_t i) -> const Array* {
    const auto known = values_.find(reader->inputs[i]);
    const bool constant = known != values_.end() && known->second.is_constant();
    return constant && known->second.array().elements() == 1 ? &known->second.array() : nullptr;
  };
  const Array* const scale = number(1);
  const bool has_zero = reader->inputs.size() > 2 && !reader->inputs[2].empty();
  const Array* const zero = has_zero ? number(2) : nullptr;
  if (!scale || (has_zero && !zero)) return {};
  to.type = zero ? zero->type : DataType::uint8;
  const float s = floats(*scale)[0];
  if (!std::isfinite(s) || !(s > 0) || (to.type != DataType::int8 && to.type != DataType::uint8)) return {};
  to.quantization = int8_quantization(s, zero ? integers(*zero)[0] : 0, to.type);
  to.bounds = int8::stored_bounds(bounds, to.quantization, ElementType::i8);
  return to;
}

void Context::note_once(const Live& value, const std::string& name) {
  if (!is_noted(value.tensor))
    note(value.tensor, {name, value.tensor.shape, value.stands_for.value_or(Quantization{})});
}

void Context::define_whole(const WholeResult& to, const Live& like, const Tensor& result) {
  if (!to.nodes.empty()) merged_[node_->outputs[0]] = result.value;
  for (const FileNode* node : to.nodes) {
    done_.insert(node);
    merged_[node->outputs[0]] = result.value;
  }
  Live y = like;
  y.tensor = result;
  y.type = to.type;
  y.layout.join();
  y = reshaped(y, y.dims);
  y.stands_for = to.quantization;
  note_once(y, to.name);
  y.stands_for.reset();
  define_named(to.name, y);
}

}  // namespace etch::host::onnx
