// SPDX-License-Identifier: BSL-1.0
// Writes files by protobuf, as reader.cpp reads them.
#include <codegen/formats/onnx/file.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/version.hpp>

#ifdef ETCH_HAS_ONNX
#include <onnx/onnx_pb.h>

#include <climits>

namespace etch::host::onnx {

namespace {

namespace proto = ::onnx;

void write(const Array& from, proto::TensorProto& to) {
  to.set_data_type(static_cast<int>(from.type));
  for (const std::int64_t extent : from.dims) to.add_dims(extent);
  to.set_raw_data(from.bytes.data(), from.bytes.size());
}

void write(const FileAttribute& from, proto::AttributeProto& to) {
  using Kind = FileAttribute::Kind;
  to.set_name(from.name);
  switch (from.kind) {
    case Kind::real:
      to.set_type(proto::AttributeProto::FLOAT);
      return to.set_f(static_cast<float>(from.real));
    case Kind::integer:
      to.set_type(proto::AttributeProto::INT);
      return to.set_i(from.integer);
    case Kind::text:
      to.set_type(proto::AttributeProto::STRING);
      return to.set_s(from.text);
    case Kind::integers:
      to.set_type(proto::AttributeProto::INTS);
      for (const std::int64_t number : from.integers) to.add_ints(number);
      return;
    case Kind::texts:
      to.set_type(proto::AttributeProto::STRINGS);
      for (std::size_t begin = 0; begin <= from.text.size();) {
        const std::size_t end = std::min(from.text.find('\n', begin), from.text.size());
        to.add_strings(from.text.substr(begin, end - begin));
        begin = end + 1;
      }
      return;
    default:
      fail("an attribute is of a kind that no writer makes");
  }
}

void write(const FileNode& from, proto::NodeProto& to) {
  to.set_name(from.name);
  to.set_op_type(from.op);
  for (const std::string& input : from.inputs) to.add_input(input);
  for (const std::string& output : from.outputs) to.add_output(output);
  for (const FileAttribute& attribute : from.attributes) write(attribute, *to.add_attribute());
}

void write(const FileEnd& from, proto::ValueInfoProto& to) {
  to.set_name(from.name);
  auto& type = *to.mutable_type()->mutable_tensor_type();
  type.set_elem_type(static_cast<int>(from.type));
  for (const std::int64_t extent : from.dims) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

}  // namespace

std::vector<std::byte> bytes_of(const File& file, const std::string& name) {
  proto::ModelProto model;
  model.set_ir_version(file.ir_version);
  model.set_producer_name("etch");
  model.set_producer_version(std::string(version));
  for (const auto& [domain, opset] : file.opsets) {
    auto& set = *model.add_opset_import();
    set.set_domain(domain);
    set.set_version(opset);
  }
  proto::GraphProto& graph = *model.mutable_graph();
  graph.set_name(name);
  for (const FileNode& node : file.nodes) write(node, *graph.add_node());
  for (const auto& [constant, array] : file.initializers) {
    auto& tensor = *graph.add_initializer();
    tensor.set_name(constant);
    write(array, tensor);
  }
  for (const FileEnd& end : file.inputs) write(end, *graph.add_input());
  for (const FileEnd& end : file.outputs) write(end, *graph.add_output());
  if (model.ByteSizeLong() > INT_MAX) throw Error("'" + name + "' is too large for one file of ONNX");
  std::vector<std::byte> bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace etch::host::onnx

#else

namespace etch::host::onnx {

std::vector<std::byte> bytes_of(const File&, const std::string& name) {
  throw Error("'" + name + "' is not written as ONNX: this build of Etch is without libonnx");
}

}  // namespace etch::host::onnx

#endif
