// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/graph_writer.hpp>
#include <codegen/formats/tflite/unsigned.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// A name of printable signs, as a file says it.
std::string cleaned(const std::string& name, int value) {
  if (name.empty()) return "value_" + std::to_string(value);
  std::string text = name;
  for (char& c : text)
    if (static_cast<unsigned char>(c) <= ' ') c = '_';
  return text;
}

ElementKind kind_of(ElementType type) {
  return type == ElementType::real  ? ElementKind::float32
         : type == ElementType::i16 ? ElementKind::int16
                                    : ElementKind::int8;
}

}  // namespace

GraphWriter::GraphWriter(const ImportedModel& model, bool as_unsigned)
    : model_(model), unsigned_(as_unsigned), made_(static_cast<std::size_t>(model.graph->values.count)) {
  for (const ImportedValue& value : model.values) {
    quantization_.push_back(value.quantization);
    if (value.is_unsigned) quantization_.back().zero_point -= 128;  // as whatever reads it has it
  }
  for (int k = 0; k < graph().inputs.count; ++k) {
    const int value = graph().inputs[k];
    file_.inputs.push_back(add_value(value, with_batch(graph().input_shapes[k])));
  }
}

GraphWriter::Dims GraphWriter::with_batch(const Shape& shape) {
  Dims dims{1};
  for (int i = 0; i < shape.rank; ++i) dims.push_back(shape[i]);
  return dims;
}

const Quantization& GraphWriter::known(int value) const {
  const Quantization& q = quantization_[static_cast<std::size_t>(value)];
  require(q.scale > 0, "works on whole numbers of which no scale is known");
  return q;
}

void GraphWriter::learn(int value, const Quantization& q) {
  Quantization& there = quantization_[static_cast<std::size_t>(value)];
  if (there.scale == 0) there = q;
  require(there == q, "has another scale than its model says");
}

std::span<const std::byte> GraphWriter::keep(std::vector<std::byte> bytes) {
  file_.made.push_back(std::move(bytes));
  return file_.made.back();
}

int GraphWriter::add_tensor(const std::string& name, ElementKind kind, const Dims& dims) {
  FileTensor t;
  t.name = name;
  t.index = static_cast<int>(file_.tensors.size());
  t.kind = kind;
  t.shape = dims;
  file_.tensors.push_back(std::move(t));
  return file_.tensors.back().index;
}

void GraphWriter::set_quantization(FileTensor& t, const std::vector<float>& scales, std::int32_t zero_point) {
  t.scales = keep(stored(scales));
  t.zero_points = keep(stored(std::vector<std::int64_t>(scales.size(), zero_point)));
}

int GraphWriter::add_value(int value, const Dims& dims) {
  const Value& of = graph().values[value];
  require(of.type != ElementType::i32, "is of int32");
  const int tensor =
      add_tensor(cleaned(model_.values[static_cast<std::size_t>(value)].name, value), kind_of(of.type), dims);
  if (of.type != ElementType::real) {
    const Quantization& q = known(value);
    set_quantization(file_.tensors.back(), {q.scale}, q.zero_point);
  }
  made_[static_cast<std::size_t>(value)] = {tensor, {{dims, tensor}}};
  return tensor;
}

int GraphWriter::shaped(int value, const Dims& dims) {
  Made& made = made_[static_cast<std::size_t>(value)];
  require(made.tensor >= 0, "reads a constant, or a state, in the place of a result");
  const auto there = made.shaped.find(dims);
  if (there != made.shaped.end()) return there->second;
  const int list = words({dims.begin(), dims.end()}, {static_cast<int>(dims.size())});
  const int tensor = between(made.tensor, dims);
  add(OperatorKind::reshape, {made.tensor, list}, tensor);
  return made.shaped[dims] = tensor;
}

int GraphWriter::between(int like, const Dims& dims) {
  const FileTensor from = file_.tensors[static_cast<std::size_t>(like)];
  const int tensor = add_tensor(from.name + "/" + std::to_string(file_.tensors.size()), from.kind, dims);
  file_.tensors.back().scales = from.scales;
  file_.tensors.back().zero_points = from.zero_points;
  return tensor;
}

int GraphWriter::input(const Step& step, int k, const Dims& dims) {
  return shaped(graph().operand(step, k), dims);
}

int GraphWriter::result(const Step& step, const Dims& dims) { return add_value(graph().result(step), dims); }

void GraphWriter::rename(const Step& step) {
  learn(graph().result(step), of_input(step));
  made_[static_cast<std::size_t>(graph().result(step))] =
      made_[static_cast<std::size_t>(graph().operand(step, 0))];
}

GraphWriter::Dims GraphWriter::dims_of(const Step& step, int k) const {
  const Made& made = made_[static_cast<std::size_t>(graph().operand(step, k))];
  require(made.tensor >= 0, "reads a constant, or a state, in the place of a result");
  return file_.tensors[static_cast<std::size_t>(made.tensor)].shape;
}

void GraphWriter::add(OperatorKind kind, std::vector<int> inputs, int output, const FileOptions& options) {
  FileOperator op;
  op.index = static_cast<int>(file_.operators.size());
  op.kind = kind;
  op.inputs = std::move(inputs);
  op.outputs = {output};
  op.options = options;
  file_.operators.push_back(std::move(op));
}

int GraphWriter::words(const std::vector<std::int32_t>& numbers, const Dims& dims) {
  return constant(ElementKind::int32, dims, stored(numbers), {}, 0);
}

int GraphWriter::constant(ElementKind kind, const Dims& dims, std::vector<std::byte> bytes,
                          const std::vector<float>& scales, int axis, std::int32_t zero_point) {
  const int tensor = add_tensor("constant_" + std::to_string(file_.tensors.size()), kind, dims);
  FileTensor& t = file_.tensors.back();
  t.data = keep(std::move(bytes));
  t.quantized_dimension = axis;
  if (!scales.empty()) set_quantization(t, scales, zero_point);
  return tensor;
}

void GraphWriter::stand_in(const Step& step) {
  for (int k = 0; k < step.outputs; ++k) {
    const int value = graph().result(step, k);
    if (made_[static_cast<std::size_t>(value)].tensor >= 0) continue;
    const Dims dims{1, graph().values[value].elements};
    made_[static_cast<std::size_t>(value)].tensor = add_tensor("", kind_of(graph().values[value].type), dims);
    made_[static_cast<std::size_t>(value)].shaped[dims] = file_.tensors.back().index;
  }
}

File GraphWriter::finish() {
  for (int k = 0; k < graph().outputs.count; ++k)
    file_.outputs.push_back(shaped(graph().outputs[k], with_batch(graph().output_shapes[k])));
  if (unsigned_) make_unsigned(file_);
  return std::move(file_);
}

}  // namespace etch::host::tflite
