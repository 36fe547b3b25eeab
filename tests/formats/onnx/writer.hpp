// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/array.hpp>

#include <cstring>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace etch::test {

/// A message of protobuf, field by field, without protobuf: so tests also write what no exporter does.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
    return *this;
  }
  Message& real(int field, float value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 5);
    const auto at = text_.size();
    text_.resize(at + 4);
    std::memcpy(&text_[at], &value, 4);
    return *this;
  }
  Message& text(int field, const std::string& value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    text_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.text_); }
  const std::string& bytes() const { return text_; }

 private:
  void varint(std::uint64_t value) {
    for (; value > 127; value >>= 7) text_.push_back(static_cast<char>(value | 128));
    text_.push_back(static_cast<char>(value));
  }
  std::string text_;
};

using host::onnx::DataType;
using host::onnx::Dims;

inline Message tensor_message(const std::string& name, const host::onnx::Array& array) {
  Message t;
  for (const std::int64_t extent : array.dims) t.number(1, static_cast<std::uint64_t>(extent));
  t.number(2, static_cast<std::uint64_t>(array.type)).text(8, name);
  return t.text(9, {reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()});
}

/// An attribute of a node.
struct OnnxAttribute {
  OnnxAttribute(const char* name, int value) {
    message.text(1, name).number(3, static_cast<std::uint64_t>(std::int64_t{value})).number(20, 2);
  }
  OnnxAttribute(const char* name, float value) { message.text(1, name).real(2, value).number(20, 1); }
  OnnxAttribute(const char* name, const char* value) { message.text(1, name).text(4, value).number(20, 3); }
  OnnxAttribute(const char* name, std::initializer_list<int> list) {
    message.text(1, name);
    for (const int value : list) message.number(8, static_cast<std::uint64_t>(std::int64_t{value}));
    message.number(20, 7);
  }
  OnnxAttribute(const char* name, const host::onnx::Array& value) {
    message.text(1, name).message(5, tensor_message("", value)).number(20, 4);
  }
  Message message;
};
using OnnxAttributes = std::vector<OnnxAttribute>;

/// A file of ONNX.
class OnnxWriter {
 public:
  explicit OnnxWriter(int opset = 17) : opset_(opset) {}

  OnnxWriter& input(const std::string& name, const Dims& dims, DataType type = DataType::float32) {
    graph_.message(11, end(name, dims, type));
    types_[name] = type;
    return *this;
  }
  /// Of an input of the model; float32 of anything else.
  DataType type_of(const std::string& name) const {
    const auto type = types_.find(name);
    return type == types_.end() ? DataType::float32 : type->second;
  }
  bool is_real_input(const std::string& name) const {
    return types_.contains(name) && type_of(name) == DataType::float32;
  }
  OnnxWriter& output(const std::string& name) {
    graph_.message(12, end(name, {}, DataType::float32));
    return *this;
  }
  OnnxWriter& constant(const std::string& name, const host::onnx::Array& array) {
    graph_.message(5, tensor_message(name, array));
    return *this;
  }
  OnnxWriter& floats(const std::string& name, const std::vector<double>& numbers, const Dims& dims) {
    return constant(name, host::onnx::array_of(numbers, dims));
  }
  OnnxWriter& integers(const std::string& name, const std::vector<std::int64_t>& numbers) {
    return constant(name, host::onnx::array_of(numbers, {static_cast<std::int64_t>(numbers.size())}));
  }
  OnnxWriter& node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs, const OnnxAttributes& attributes = {},
                   const std::string& domain = "") {
    graph_.message(1, node_message(op, inputs, outputs, attributes, domain));
    return *this;
  }
  /// Anything else of the graph, or of the model.
  Message& graph() { return graph_; }
  Message& more() { return more_; }

  static Message node_message(const std::string& op, const std::vector<std::string>& inputs,
                              const std::vector<std::string>& outputs, const OnnxAttributes& attributes = {},
                              const std::string& domain = "") {
    Message node;
    for (const std::string& input : inputs) node.text(1, input);
    for (const std::string& output : outputs) node.text(2, output);
    node.text(3, "a " + op).text(4, op);
    for (const OnnxAttribute& a : attributes) node.message(5, a.message);
    if (!domain.empty()) node.text(7, domain);
    return node;
  }
  static Message opset_message(const std::string& domain, int version) {
    return Message().text(1, domain).number(2, static_cast<std::uint64_t>(version));
  }

  std::vector<std::byte> bytes() const {
    Message model;
    model.number(1, 8).text(2, "tests").message(7, graph_).message(8, opset_message("", opset_));
    const std::string all = model.bytes() + more_.bytes();
    const auto bytes = std::as_bytes(std::span(all));
    return {bytes.begin(), bytes.end()};
  }

 private:
  static Message end(const std::string& name, const Dims& dims, DataType type) {
    Message shape;
    for (const std::int64_t extent : dims) {
      Message dim;
      if (extent < 0)
        dim.text(2, "N");
      else
        dim.number(1, static_cast<std::uint64_t>(extent));
      shape.message(1, dim);
    }
    const Message tensor = Message().number(1, static_cast<std::uint64_t>(type)).message(2, shape);
    return Message().text(1, name).message(2, Message().message(1, tensor));
  }

  int opset_;
  Message graph_, more_;
  std::map<std::string, DataType> types_;
};

}  // namespace etch::test
