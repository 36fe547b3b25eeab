// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operator_names.hpp>
#include <codegen/formats/tflite/operator_options.hpp>
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/formats/tflite/sparse.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cstring>

namespace etch::host::tflite {

namespace {

/// Limits that keep the work on a damaged file within bounds; models for devices are far below.
constexpr std::size_t most_tensors = 8192, most_operators = 1024, most_operands = 64, most_extents = 8;
constexpr flatbuffers::uoffset_t most_subgraphs = 64;
constexpr std::int64_t most_elements = 1 << 26, most_dense_bytes = 1 << 28;

class Reader {
 public:
  Reader(File& to, const std::string& name)
      : to_(to),
        name_(name),
        verifier_(reinterpret_cast<const std::uint8_t*>(to.bytes.data()), to.bytes.size(), 16) {}

  void read() {
    if (to_.bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) fail("is too large");
    if (to_.bytes.size() < 8 || std::memcmp(to_.bytes.data() + 4, "TFL3", 4) != 0)
      fail("is not a .tflite file (the mark TFL3 is missing)");
    if (!verifier_.VerifyBuffer<ModelTable>("TFL3")) fail("is damaged: a table or text lies outside of it");
    model_ = flatbuffers::GetRoot<ModelTable>(to_.bytes.data());
    if (model_->version() != 3)
      fail("is of version " + std::to_string(model_->version()) + " of the format: only 3 is read");
    const auto* graphs = model_->subgraphs();
    if (!graphs || graphs->size() == 0) fail("has no subgraphs");
    read_graph(*graphs->Get(0));
    if (to_.outputs.empty()) fail("has no outputs");
    std::vector<int> called;
    for (const FileOperator& op : to_.operators)
      if (op.kind == OperatorKind::call_once) called.push_back(op.options.subgraph);
    for (const int number : called) {
      if (number < 1 || number >= static_cast<int>(std::min(graphs->size(), most_subgraphs)))
        fail("is damaged: CALL_ONCE names the subgraph " + std::to_string(number));
      if (std::ranges::find(to_.called, number, &std::pair<int, FileGraph>::first) != to_.called.end())
        continue;
      FileGraph graph;
      graph_ = &graph;
      read_graph(*graphs->Get(static_cast<flatbuffers::uoffset_t>(number)));
      to_.called.emplace_back(number, std::move(graph));
    }
  }

 private:
  void read_graph(const SubgraphTable& graph) {
    read_tensors(graph);
    graph_->inputs = tensor_numbers(graph.inputs(), 0, "the list of inputs");
    graph_->outputs = tensor_numbers(graph.outputs(), 0, "the list of outputs");
    read_operators(graph);
  }

  [[noreturn]] void fail(const std::string& what) const { throw Error("'" + name_ + "' " + what); }

  template <class T>
  static std::span<const std::byte> bytes_in(const flatbuffers::Vector<T>* v) {
    if (!v) return {};
    return {reinterpret_cast<const std::byte*>(v->Data()), v->size() * sizeof(T)};
  }
  static std::string text(const flatbuffers::String* s) {
    std::string result = s ? s->str().substr(0, 200) : std::string();
    for (char& c : result)
      if (static_cast<unsigned char>(c) < ' ') c = '?';
    return result;
  }

  static bool gives_results(OperatorKind kind) {
    return kind != OperatorKind::call_once && kind != OperatorKind::assign_variable;
  }

  /// `least` is -1 where a tensor may be left out.
  std::vector<int> tensor_numbers(const flatbuffers::Vector<std::int32_t>* v, int least,
                                  const std::string& where) const {
    std::vector<int> numbers;
    if (!v) return numbers;
    if (v->size() > most_operands)
      fail("has " + std::to_string(v->size()) + " tensors in " + where + ": at most " +
           std::to_string(most_operands) + " are read");
    for (const std::int32_t number : *v) {
      if (number < least || number >= static_cast<std::int32_t>(graph_->tensors.size()))
        fail("is damaged: " + where + " names the tensor " + std::to_string(number) + " of " +
             std::to_string(graph_->tensors.size()));
      numbers.push_back(number);
    }
    return numbers;
  }

  void read_tensors(const SubgraphTable& graph) {
    const auto* tensors = graph.tensors();
    if (!tensors || tensors->size() > most_tensors)
      fail("has no tensors, or more than " + std::to_string(most_tensors));
    for (flatbuffers::uoffset_t i = 0; i < tensors->size(); ++i) read_tensor(*tensors->Get(i));
  }

  void read_tensor(const TensorTable& table) {
    FileTensor t;
    t.index = static_cast<int>(graph_->tensors.size());
    t.name = text(table.name());
    const std::string where = "tensor " + std::to_string(t.index) + " ('" + t.name + "')";
    t.kind = static_cast<ElementKind>(table.type());
    t.variable = table.variable();
    if (const auto* shape = table.shape()) {
      if (shape->size() > most_extents) fail("has more than 8 extents in " + where);
      t.shape.assign(shape->begin(), shape->end());
    }
    // Beside an extent of 0 the others are no larger: every product of some extents fits.
    std::int64_t elements = 1, others = 1;
    for (const int extent : t.shape) {
      if (extent < 0) fail("has an extent of " + std::to_string(extent) + " in " + where);
      elements *= extent;
      others *= std::max(extent, 1);
      if (others > most_elements) fail("has more than 67,108,864 elements in " + where);
    }
    read_quantization(table, t, where);
    const auto* buffers = model_->buffers();
    const auto count = buffers ? buffers->size() : 0;
    if (table.buffer() >= count) {
      if (table.buffer() > 0) fail("is damaged: " + where + " has its numbers in a buffer that is not there");
    } else {
      t.data = bytes_in(buffers->Get(table.buffer())->data());
    }
    if (table.sparsity() && elements > 0) read_sparse(*table.sparsity(), t, where);
    const bool narrow = t.kind == ElementKind::int4;
    const std::int64_t wanted = narrow ? (elements + 1) / 2 : elements * bytes_of(t.kind);
    if (t.constant() && wanted != static_cast<std::int64_t>(t.data.size()))
      fail("is damaged: " + where + " has " + std::to_string(t.data.size()) +
           " bytes where its shape takes " + std::to_string(wanted));
    if (narrow && t.constant()) widen(t);
    graph_->tensors.push_back(std::move(t));
  }

  /// Two numbers a byte, the first in its lower half.
  void widen(FileTensor& t) {
    std::vector<std::byte> numbers(static_cast<std::size_t>(t.elements()));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto half = std::to_integer<unsigned>(t.data[i / 2]) >> (i % 2 * 4) & 15U;
      numbers[i] = static_cast<std::byte>((half ^ 8U) - 8U);
    }
    t.kind = ElementKind::int8;
    t.narrow = true;
    to_.made.push_back(std::move(numbers));
    t.data = to_.made.back();
  }

  /// A file says many zeros in few bytes.
  void read_sparse(const SparsityTable& table, FileTensor& t, const std::string& where) {
    dense_bytes_ += std::int64_t{t.elements()} * bytes_of(t.kind);
    if (dense_bytes_ > most_dense_bytes)
      fail("has more than 256 MB of numbers that it stores as sparse ones");
    auto dense = densified(table, t.shape, t.data, static_cast<std::size_t>(bytes_of(t.kind)));
    if (!dense) fail("is damaged: " + where + " is sparse, and what it stores does not fit its shape");
    to_.made.push_back(std::move(*dense));
    t.data = to_.made.back();
  }

  void read_quantization(const TensorTable& table, FileTensor& t, const std::string& where) const {
    const QuantizationTable* q = table.quantization();
    if (!q) return;
    if (q->details_type() != 0) fail("has a custom quantization in " + where + ", which is not read");
    t.scales = bytes_in(q->scale());
    t.zero_points = bytes_in(q->zero_point());
    t.quantized_dimension = q->dimension();
    if (t.scales.size() / sizeof(float) != t.zero_points.size() / sizeof(std::int64_t)) {
      if (!t.zero_points.empty()) fail("is damaged: " + where + " has not a zero point for each scale");
    }
  }

  void read_operators(const SubgraphTable& graph) {
    const auto* operators = graph.operators();
    const auto count = operators ? operators->size() : 0;
    if (count > most_operators) fail("has more than " + std::to_string(most_operators) + " operators");
    const auto* codes = model_->codes();
    for (flatbuffers::uoffset_t i = 0; i < count; ++i) {
      const OperatorTable& table = *operators->Get(i);
      FileOperator op;
      op.index = static_cast<int>(i);
      if (!codes || table.code() >= codes->size())
        fail("is damaged: operator " + std::to_string(i) + " is of a kind that is not there");
      const OperatorCodeTable& code = *codes->Get(table.code());
      op.kind = static_cast<OperatorKind>(code.code());
      const bool custom = code.custom() && op.kind == OperatorKind::custom;
      if (custom) op.custom = text(code.custom());
      op.name = custom ? "CUSTOM (" + op.custom + ")" : operator_name(code.code());
      const auto custom_options = bytes_in(table.custom_options());
      op.custom_options.assign(custom_options.begin(), custom_options.end());
      const std::string where = op.name + " (operator " + std::to_string(i) + ")";
      op.inputs = tensor_numbers(table.inputs(), -1, where);
      op.outputs = tensor_numbers(table.outputs(), 0, where);
      op.intermediates = tensor_numbers(table.intermediates(), 0, where);
      if (op.outputs.empty() && gives_results(op.kind)) fail("is damaged: " + where + " has no result");
      if (table.options() && !read_options(*table.options(), verifier_, op))
        fail("is damaged: the options of " + where + " lie outside of it");
      graph_->operators.push_back(std::move(op));
    }
  }

  File& to_;
  FileGraph* graph_ = &to_;  // that is read
  const std::string& name_;
  flatbuffers::Verifier verifier_;
  const ModelTable* model_ = nullptr;
  std::int64_t dense_bytes_ = 0;  // of sparse tensors so far
};

}  // namespace

const char* name_of(ElementKind kind) {
  static constexpr const char* names[]{"float32", "float16",  "int32",     "uint8",  "int64",   "string",
                                       "bool",    "int16",    "complex64", "int8",   "float64", "complex128",
                                       "uint64",  "resource", "variant",   "uint32", "uint16",  "int4"};
  const auto i = static_cast<std::size_t>(kind);
  return i < sizeof(names) / sizeof(names[0]) ? names[i] : "another type";
}

int bytes_of(ElementKind kind) {
  switch (kind) {
    case ElementKind::float32:
    case ElementKind::int32:
    case ElementKind::uint32:
      return 4;
    case ElementKind::int64:
    case ElementKind::uint64:
      return 8;
    case ElementKind::int16:
    case ElementKind::float16:
      return 2;
    case ElementKind::uint8:
    case ElementKind::int8:
    case ElementKind::boolean:
      return 1;
    default:
      return 0;
  }
}

int FileTensor::elements() const {
  int n = 1;
  for (const int extent : shape) n *= extent;
  return n;
}

float FileTensor::scale(int i) const {
  float value = 0;
  std::memcpy(&value, scales.data() + static_cast<std::size_t>(i) * sizeof value, sizeof value);
  return value;
}

std::int64_t FileTensor::zero_point(int i) const {
  std::int64_t value = 0;
  if (!zero_points.empty())
    std::memcpy(&value, zero_points.data() + static_cast<std::size_t>(i) * sizeof value, sizeof value);
  return value;
}

File read_file(std::span<const std::byte> bytes, const std::string& name) {
  File file;
  file.bytes.assign(bytes.begin(), bytes.end());  // aligned, and there for as long as the spans
  Reader(file, name).read();
  return file;
}

}  // namespace etch::host::tflite
