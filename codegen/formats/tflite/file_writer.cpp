// SPDX-License-Identifier: BSL-1.0
// Tables of the published schema by the numbers of their fields, as tables.hpp reads them.
#include <codegen/formats/tflite/file_writer.hpp>
#include <runtime/host/version.hpp>

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <utility>

namespace etch::host::tflite {

namespace {

using Builder = flatbuffers::FlatBufferBuilder;
using Table = flatbuffers::Offset<flatbuffers::Table>;

constexpr flatbuffers::voffset_t slot(int field) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * field);
}

template <class Fields>
Table table(Builder& to, const Fields& fields) {
  const auto start = to.StartTable();
  fields();
  return {to.EndTable(start)};
}

void number(Builder& to, int field, int value) { to.AddElement<std::int32_t>(slot(field), value); }
void small(Builder& to, int field, int value) {
  to.AddElement<std::int8_t>(slot(field), static_cast<std::int8_t>(value));
}

void put_windows(Builder& to, const FileOptions& o) {
  small(to, 0, o.same_padding ? 0 : 1);
  number(to, 1, o.stride_width);
  number(to, 2, o.stride_height);
}

void put_convolution(Builder& to, const FileOptions& o, int activation) {
  put_windows(to, o);
  small(to, activation, static_cast<int>(o.activation));
  number(to, activation + 1, o.dilation_width);
  number(to, activation + 2, o.dilation_height);
}

void put_pool(Builder& to, const FileOptions& o) {
  put_windows(to, o);
  number(to, 3, o.filter_width);
  number(to, 4, o.filter_height);
  small(to, 5, static_cast<int>(o.activation));
}

void put_fused(Builder& to, const FileOptions& o) { small(to, 0, static_cast<int>(o.activation)); }

/// Of a sum or difference: int16 is of any scales, not of powers of two alone, which is the default.
void put_sum(Builder& to, const FileOptions& o) {
  put_fused(to, o);
  to.AddElement<std::uint8_t>(slot(1), 0);
}

void put_nothing(Builder&, const FileOptions&) {}

/// The version of an operator that takes uint8 and floats, int8, and int16: the first that does.
struct Versions {
  int of_unsigned = 1, of_int8 = 2, of_int16 = 3;
};

/// What the schema says of a kind of operators.
struct Kind {
  OperatorKind kind;
  int options = 0;  ///< the number of its options table in the union, 0 for none
  Versions versions{};
  void (*write)(Builder&, const FileOptions&) = put_nothing;
};

constexpr Kind kinds[]{
    {OperatorKind::conv_2d,
     1,
     {1, 3, 4},
     [](Builder& to, const FileOptions& o) { put_convolution(to, o, 3); }},
    {OperatorKind::depthwise_conv_2d,
     2,
     {1, 3, 5},
     [](Builder& to, const FileOptions& o) {
       put_convolution(to, o, 4);
       number(to, 3, o.depth_multiplier);
     }},
    {OperatorKind::fully_connected,
     8,
     {1, 4, 7},
     [](Builder& to, const FileOptions& o) {
       put_fused(to, o);
       to.AddElement<std::uint8_t>(slot(2), o.keep_dims ? 1 : 0);
     }},
    {OperatorKind::average_pool_2d, 5, {}, put_pool},
    {OperatorKind::max_pool_2d, 5, {}, put_pool},
    {OperatorKind::mean,
     27,
     {},
     [](Builder& to, const FileOptions& o) { to.AddElement<std::uint8_t>(slot(0), o.keep_dims ? 1 : 0); }},
    {OperatorKind::add, 11, {}, put_sum},
    {OperatorKind::sub, 28, {1, 2, 5}, put_sum},
    {OperatorKind::mul, 21, {1, 3, 4}, put_fused},
    {OperatorKind::concatenation, 10, {}, [](Builder& to, const FileOptions& o) { number(to, 0, o.axis); }},
    {OperatorKind::softmax,
     9,
     {},
     [](Builder& to, const FileOptions& o) { to.AddElement<float>(slot(0), o.beta); }},
    {OperatorKind::leaky_relu,
     75,
     {1, 1, 2},
     [](Builder& to, const FileOptions& o) { to.AddElement<float>(slot(0), o.alpha); }},
    {OperatorKind::hard_swish, 91, {1, 1, 1}},
    {OperatorKind::relu, 0, {2, 2, 3}},
    {OperatorKind::relu6},
    {OperatorKind::logistic},
    {OperatorKind::tanh},
    {OperatorKind::quantize, 89, {1, 1, 2}},
    {OperatorKind::dequantize, 38},
    {OperatorKind::reshape, 17, {1, 1, 1}},
    {OperatorKind::pad, 22},
    {OperatorKind::pad_v2, 43},
    {OperatorKind::transpose, 26, {1, 2, 5}},
};

class Writer {
 public:
  explicit Writer(const File& file) : file_(file) {
    buffers_.push_back(table(to_, [] {}));
  }

  std::vector<std::byte> write(const std::string& name) {
    for (const FileTensor& t : file_.tensors) add_tensor(t);
    for (const FileOperator& op : file_.operators) add_operator(op);
    const Table graph = subgraph(name);
    const auto graphs = to_.CreateVector(&graph, 1), codes = to_.CreateVector(codes_),
               buffers = to_.CreateVector(buffers_);
    const auto description = to_.CreateString("Written by etch " + std::string(version));
    to_.Finish(table(to_,
                     [&] {
                       to_.AddElement<std::uint32_t>(slot(0), 3);
                       to_.AddOffset(slot(1), codes);
                       to_.AddOffset(slot(2), graphs);
                       to_.AddOffset(slot(3), description);
                       to_.AddOffset(slot(4), buffers);
                     }),
               "TFL3");
    const auto* const bytes = reinterpret_cast<const std::byte*>(to_.GetBufferPointer());
    return {bytes, bytes + to_.GetSize()};
  }

 private:
  Table subgraph(const std::string& name) {
    const auto tensors = to_.CreateVector(tensors_), operators = to_.CreateVector(operators_);
    const auto inputs = to_.CreateVector(file_.inputs), outputs = to_.CreateVector(file_.outputs);
    const auto text = to_.CreateString(name);
    return table(to_, [&] {
      to_.AddOffset(slot(0), tensors);
      to_.AddOffset(slot(1), inputs);
      to_.AddOffset(slot(2), outputs);
      to_.AddOffset(slot(3), operators);
      to_.AddOffset(slot(4), text);
    });
  }

  /// Numbers lie at multiples of 16 bytes, as the schema has it.
  std::uint32_t add_buffer(std::span<const std::byte> data) {
    if (data.empty()) return 0;
    to_.ForceVectorAlignment(data.size(), 1, 16);
    const auto bytes = to_.CreateVector(reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    buffers_.push_back(table(to_, [&] { to_.AddOffset(slot(0), bytes); }));
    return static_cast<std::uint32_t>(buffers_.size() - 1);
  }

  void add_tensor(const FileTensor& t) {
    const std::uint32_t buffer = add_buffer(t.data);
    const auto shape = to_.CreateVector(t.shape);
    const auto name = to_.CreateString(t.name);
    Table quantization;
    if (t.scale_count() > 0) quantization = add_quantization(t);
    tensors_.push_back(table(to_, [&] {
      to_.AddOffset(slot(0), shape);
      small(to_, 1, static_cast<int>(t.kind));
      to_.AddElement<std::uint32_t>(slot(2), buffer);
      to_.AddOffset(slot(3), name);
      if (!quantization.IsNull()) to_.AddOffset(slot(4), quantization);
    }));
  }

  Table add_quantization(const FileTensor& t) {
    std::vector<float> scales;
    std::vector<std::int64_t> zero_points;
    for (int i = 0; i < t.scale_count(); ++i) {
      scales.push_back(t.scale(i));
      zero_points.push_back(t.zero_point(i));
    }
    const auto scale = to_.CreateVector(scales);
    const auto zero_point = to_.CreateVector(zero_points);
    return table(to_, [&] {
      to_.AddOffset(slot(2), scale);
      to_.AddOffset(slot(3), zero_point);
      number(to_, 6, t.quantized_dimension);
    });
  }

  /// Dense layers of several positions, of int8, are of a version of their own.
  int version_of(const Kind& kind, const FileOperator& op) const {
    const int decides = kind.kind == OperatorKind::quantize ? op.outputs[0] : op.inputs[0];
    switch (file_.tensors[static_cast<std::size_t>(decides)].kind) {
      case ElementKind::int16:
        return kind.versions.of_int16;
      case ElementKind::int8:
        return kind.kind == OperatorKind::fully_connected && op.options.keep_dims ? 5 : kind.versions.of_int8;
      default:
        return kind.versions.of_unsigned;
    }
  }

  /// The place of its kind among the codes.
  std::uint32_t code_of(const Kind& kind, const FileOperator& op) {
    const auto code = static_cast<int>(kind.kind);
    const std::pair wanted{kind.kind, version_of(kind, op)};
    const auto known = std::ranges::find(written_, wanted);
    if (known != written_.end()) return static_cast<std::uint32_t>(known - written_.begin());
    written_.push_back(wanted);
    codes_.push_back(table(to_, [&] {
      small(to_, 0, std::min(code, 127));
      number(to_, 2, wanted.second);
      number(to_, 3, code);
    }));
    return static_cast<std::uint32_t>(codes_.size() - 1);
  }

  void add_operator(const FileOperator& op) {
    const Kind& kind = *std::ranges::find(kinds, op.kind, &Kind::kind);
    const std::uint32_t code = code_of(kind, op);
    const auto inputs = to_.CreateVector(op.inputs), outputs = to_.CreateVector(op.outputs);
    const Table options = table(to_, [&] { kind.write(to_, op.options); });
    operators_.push_back(table(to_, [&] {
      to_.AddElement<std::uint32_t>(slot(0), code);
      to_.AddOffset(slot(1), inputs);
      to_.AddOffset(slot(2), outputs);
      if (kind.options == 0) return;
      to_.AddElement<std::uint8_t>(slot(3), static_cast<std::uint8_t>(kind.options));
      to_.AddOffset(slot(4), options);
    }));
  }

  const File& file_;
  Builder to_;
  std::vector<Table> tensors_, operators_, codes_, buffers_;
  std::vector<std::pair<OperatorKind, int>> written_;  // kind and version, by code
};

}  // namespace

std::vector<std::byte> bytes_of(const File& file, const std::string& name) {
  return Writer(file).write(name);
}

}  // namespace etch::host::tflite
