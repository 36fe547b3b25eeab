// SPDX-License-Identifier: BSL-1.0
// With file_writer.cpp all that sees protobuf: its headers take long to compile.
#include <codegen/formats/onnx/external_data.hpp>
#include <codegen/formats/onnx/file.hpp>
#include <runtime/host/error.hpp>

#ifdef ETCH_HAS_ONNX
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <climits>

namespace etch::host::onnx {

namespace {

namespace proto = ::onnx;

/// Of all arrays that a file holds.
constexpr std::int64_t most_bytes = 1 << 29;

class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  File file(const proto::ModelProto& from);
  Array array(const proto::TensorProto& from);

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw Error("'" + name_ + "': " + why); }
  Opsets opsets(const google::protobuf::RepeatedPtrField<proto::OperatorSetIdProto>& from) const;
  FileAttribute attribute(const proto::AttributeProto& from);
  FileNode node(const proto::NodeProto& from, const Opsets& opsets);
  FileEnd end(const proto::ValueInfoProto& from) const;
  std::vector<std::byte> external(const proto::TensorProto& from, std::int64_t size) const;
  void fill(const proto::TensorProto& from, Array& to, std::int64_t elements) const;

  std::string name_;
  std::int64_t bytes_ = 0;
};

std::vector<std::byte> Reader::external(const proto::TensorProto& from, std::int64_t size) const {
  ExternalData where;
  for (const auto& entry : from.external_data()) {
    if (entry.key() == "location") where.location = entry.value();
    if (entry.key() == "offset") where.offset = entry.value();
    if (entry.key() == "length") where.length = entry.value();
  }
  return read_external(name_, from.name(), where, size);
}

/// Numbers that are not raw: protobuf holds the small types as int32.
void Reader::fill(const proto::TensorProto& from, Array& to, std::int64_t elements) const {
  const auto copy = [&](const auto& field, auto stored) {
    if (field.size() != elements) refuse("tensor '" + from.name() + "' has not as many numbers as its shape");
    for (std::int64_t i = 0; i < elements; ++i) {
      stored = static_cast<decltype(stored)>(field[static_cast<int>(i)]);
      std::memcpy(&to.bytes[static_cast<std::size_t>(i) * sizeof(stored)], &stored, sizeof(stored));
    }
  };
  switch (to.type) {
    case DataType::float32:
      return copy(from.float_data(), float{});
    case DataType::float64:
      return copy(from.double_data(), double{});
    case DataType::int64:
      return copy(from.int64_data(), std::int64_t{});
    case DataType::uint64:
      return copy(from.uint64_data(), std::uint64_t{});
    case DataType::uint32:
      return copy(from.uint64_data(), std::uint32_t{});
    default:
      break;
  }
  switch (bytes_of(to.type)) {
    case 1:
      return copy(from.int32_data(), std::uint8_t{});
    case 2:
      return copy(from.int32_data(), std::uint16_t{});
    default:
      return copy(from.int32_data(), std::int32_t{});
  }
}

Array Reader::array(const proto::TensorProto& from) {
  const std::string what = "tensor '" + from.name() + "' ";
  Array to{static_cast<DataType>(from.data_type()), {from.dims().begin(), from.dims().end()}, {}};
  const int size = bytes_of(to.type);
  if (size == 0) refuse(what + "is of " + name_of(to.type) + ", which is not supported");
  if (to.dims.size() > 16) refuse(what + "has more than 16 extents");
  if (from.has_segment()) refuse(what + "is stored in segments, which is not supported");
  const std::int64_t elements = elements_of(to.dims);
  if (elements < 0) refuse(what + "has extents that no array has");
  bytes_ += elements * size;
  if (bytes_ > most_bytes) refuse("has more than 512 MB of numbers");
  if (from.data_location() == proto::TensorProto::EXTERNAL) {
    to.bytes = external(from, elements * size);
    return to;
  }
  if (from.has_raw_data()) {
    if (static_cast<std::int64_t>(from.raw_data().size()) != elements * size)
      refuse(what + "has not as many numbers as its shape");
    const auto raw = std::as_bytes(std::span(from.raw_data()));
    to.bytes.assign(raw.begin(), raw.end());
    return to;
  }
  // Checked first: a damaged file may name a shape of any size and hold nothing.
  if (elements * size > 8 * static_cast<std::int64_t>(from.ByteSizeLong()))
    refuse(what + "has not as many numbers as its shape");
  to.bytes.resize(static_cast<std::size_t>(elements * size));
  fill(from, to, elements);
  return to;
}

FileAttribute Reader::attribute(const proto::AttributeProto& from) {
  using Kind = FileAttribute::Kind;
  FileAttribute to;
  to.name = from.name();
  to.refers_to = from.ref_attr_name();
  to.real = static_cast<double>(from.f());
  to.integer = from.i();
  to.text = from.s();
  to.reals.assign(from.floats().begin(), from.floats().end());
  to.integers.assign(from.ints().begin(), from.ints().end());
  // Files of the first versions say no type: what is there tells.
  switch (from.type()) {
    case proto::AttributeProto::FLOAT:
      to.kind = Kind::real;
      break;
    case proto::AttributeProto::INT:
      to.kind = Kind::integer;
      break;
    case proto::AttributeProto::STRING:
      to.kind = Kind::text;
      break;
    case proto::AttributeProto::TENSOR:
      to.kind = Kind::array;
      to.array = array(from.t());
      break;
    case proto::AttributeProto::FLOATS:
      to.kind = Kind::reals;
      break;
    case proto::AttributeProto::INTS:
      to.kind = Kind::integers;
      break;
    case proto::AttributeProto::STRINGS:
      to.kind = Kind::texts;
      for (const std::string& s : from.strings()) to.text += (to.text.empty() ? "" : "\n") + s;
      break;
    case proto::AttributeProto::UNDEFINED:
      to.kind = from.has_t() ? Kind::array : from.has_f() ? Kind::real : Kind::integer;
      if (from.has_t()) to.array = array(from.t());
      break;
    default:
      to.kind = Kind::other;
  }
  return to;
}

Opsets Reader::opsets(const google::protobuf::RepeatedPtrField<proto::OperatorSetIdProto>& from) const {
  Opsets to;
  for (const auto& set : from) {
    const std::string domain = set.domain() == "ai.onnx" ? "" : set.domain();
    to[domain] = static_cast<int>(std::min<std::int64_t>(std::max<std::int64_t>(set.version(), 0), INT_MAX));
  }
  return to;
}

FileNode Reader::node(const proto::NodeProto& from, const Opsets& opsets) {
  FileNode to;
  to.name = from.name();
  to.op = from.op_type();
  to.domain = from.domain() == "ai.onnx" ? "" : from.domain();
  if (const auto set = opsets.find(to.domain); set != opsets.end()) to.opset = set->second;
  to.inputs.assign(from.input().begin(), from.input().end());
  to.outputs.assign(from.output().begin(), from.output().end());
  for (const auto& a : from.attribute()) to.attributes.push_back(attribute(a));
  return to;
}

FileEnd Reader::end(const proto::ValueInfoProto& from) const {
  FileEnd to;
  to.name = from.name();
  to.tensor = from.type().has_tensor_type();
  if (!to.tensor) return to;
  const auto& type = from.type().tensor_type();
  to.type = static_cast<DataType>(type.elem_type());
  to.has_shape = type.has_shape();
  for (const auto& dim : type.shape().dim()) to.dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return to;
}

File Reader::file(const proto::ModelProto& from) {
  File to;
  to.ir_version = from.ir_version();
  to.opsets = opsets(from.opset_import());
  const proto::GraphProto& graph = from.graph();
  if (graph.sparse_initializer_size() > 0)
    refuse("has sparse initializers, which are not supported: save them as dense ones");
  for (const auto& t : graph.initializer()) to.initializers.emplace_back(t.name(), array(t));
  for (const auto& n : graph.node()) to.nodes.push_back(node(n, to.opsets));
  for (const auto& e : graph.input()) to.inputs.push_back(end(e));
  for (const auto& e : graph.output()) to.outputs.push_back(end(e));
  for (const auto& f : from.functions()) {
    FileFunction function{f.name(), f.domain(), {}, {}, {}};
    function.inputs.assign(f.input().begin(), f.input().end());
    function.outputs.assign(f.output().begin(), f.output().end());
    const Opsets sets = f.opset_import_size() > 0 ? opsets(f.opset_import()) : to.opsets;
    for (const auto& n : f.node()) function.nodes.push_back(node(n, sets));
    to.functions.push_back(std::move(function));
  }
  return to;
}

template <class Message>
Message parsed(std::span<const std::byte> bytes, const std::string& name) {
  GOOGLE_PROTOBUF_VERIFY_VERSION;
  Message message;
  if (bytes.size() > INT_MAX) throw Error("'" + name + "' is too large for a model");
  if (!message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error("'" + name + "' is damaged: it is no message of ONNX");
  return message;
}

}  // namespace

const char* missing_library() { return ""; }

File read_file(std::span<const std::byte> bytes, const std::string& name) {
  return Reader(name).file(parsed<proto::ModelProto>(bytes, name));
}

Array read_tensor(std::span<const std::byte> bytes, const std::string& name) {
  return Reader(name).array(parsed<proto::TensorProto>(bytes, name));
}

}  // namespace etch::host::onnx

#else

namespace etch::host::onnx {

const char* missing_library() { return "libonnx"; }

File read_file(std::span<const std::byte>, const std::string& name) {
  throw Error("'" + name + "' is a model of ONNX, and this build of Etch is without libonnx");
}

Array read_tensor(std::span<const std::byte>, const std::string& name) {
  throw Error("'" + name + "' is a tensor of ONNX, and this build of Etch is without libonnx");
}

}  // namespace etch::host::onnx

#endif
