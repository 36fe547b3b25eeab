// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/graph_writer.hpp>
#include <etch/ops/op_list.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <cctype>

namespace etch::host::onnx {

namespace {

Dims with_batch(const Shape& shape) {
  Dims dims{1};
  for (int i = 0; i < shape.rank; ++i) dims.push_back(shape[i]);
  return dims;
}

std::vector<std::int64_t> to_first(int rank) {
  return rank == 3 ? std::vector<std::int64_t>{0, 3, 1, 2} : std::vector<std::int64_t>{0, 2, 1};
}
std::vector<std::int64_t> to_last(int rank) {
  return rank == 3 ? std::vector<std::int64_t>{0, 2, 3, 1} : std::vector<std::int64_t>{0, 2, 1};
}

FileAttribute attribute(const char* name, FileAttribute::Kind kind) {
  FileAttribute a;
  a.name = name;
  a.kind = kind;
  return a;
}

/// A name that every tool takes: what a file says of a value up to its first sign of another kind.
std::string cleaned(const std::string& name) {
  std::string text;
  for (const char c : name.substr(0, name.find(';'))) {
    const auto code = static_cast<unsigned char>(c);
    text += std::isalnum(code) != 0 || c == '/' || c == '.' ? c : '_';
  }
  return text;
}

}  // namespace

FileAttribute integer_attribute(const char* name, std::int64_t value) {
  FileAttribute a = attribute(name, FileAttribute::Kind::integer);
  a.integer = value;
  return a;
}
FileAttribute integers_attribute(const char* name, std::vector<std::int64_t> values) {
  FileAttribute a = attribute(name, FileAttribute::Kind::integers);
  a.integers = std::move(values);
  return a;
}
FileAttribute real_attribute(const char* name, float value) {
  FileAttribute a = attribute(name, FileAttribute::Kind::real);
  a.real = static_cast<double>(value);
  return a;
}
FileAttribute text_attribute(const char* name, std::string text) {
  FileAttribute a = attribute(name, FileAttribute::Kind::text);
  a.text = std::move(text);
  return a;
}
FileAttribute texts_attribute(const char* name, const std::vector<std::string>& texts) {
  FileAttribute a = attribute(name, FileAttribute::Kind::texts);
  for (const std::string& text : texts) a.text += (a.text.empty() ? "" : "\n") + text;
  return a;
}

GraphWriter::GraphWriter(const ImportedModel& model)
    : model_(model), made_(static_cast<std::size_t>(model.graph->values.count)) {
  file_.ir_version = 8;
  file_.opsets[""] = 17;
  for (int k = 0; k < graph().inputs.count; ++k) {
    const int value = graph().inputs[k];
    hint_ = cleaned(model.values[static_cast<std::size_t>(value)].name);
    const std::string name = unique(hint_.empty() ? "input" : hint_);
    add_end(file_.inputs, name, graph().input_shapes[k]);
    define_last(value, name, graph().input_shapes[k]);
  }
}

void GraphWriter::refuse(const std::string& why) const {
  if (step_ < 0) throw Error("'" + model_.name + "' is not written as ONNX: it " + why);
  const Step& step = graph().steps[step_];
  const std::string& name = model_.values[static_cast<std::size_t>(graph().result(step))].name;
  throw Error("'" + model_.name + "' is not written as ONNX: step " + std::to_string(step_) + " (" +
              visit_op(step.op, [](auto op) { return decltype(op)::name; }) +
              (name.empty() ? "" : ", " + in_quotes(name)) + ") " + why);
}

void GraphWriter::begin(int step) {
  step_ = step;
  hint_ = cleaned(model_.values[static_cast<std::size_t>(graph().result(graph().steps[step]))].name);
}

std::string GraphWriter::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 1; !names_.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

std::string GraphWriter::node(const char* op, Names inputs, std::vector<FileAttribute> attributes) {
  return node_of_many(op, std::move(inputs), std::move(attributes), 0, 1);
}

std::string GraphWriter::node_of_many(const char* op, Names inputs, std::vector<FileAttribute> attributes,
                                      int which, int results) {
  std::string name = unique((hint_.empty() ? "" : hint_ + "/") + op);
  FileNode node;
  node.op = op;
  node.name = name;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  for (int k = 0; k < results && k <= which; ++k) node.outputs.push_back(k == which ? name : "");
  file_.nodes.push_back(std::move(node));
  return name;
}

std::string GraphWriter::constant(Array array) {
  std::string name = unique((hint_.empty() ? "" : hint_ + "/") + "constant");
  file_.initializers.emplace_back(name, std::move(array));
  return name;
}

std::string GraphWriter::number(float value) {
  return constant(array_of(std::vector{static_cast<double>(value)}, {}));
}

GraphWriter::Made& GraphWriter::made(const Step& step, int k) {
  const int value = graph().operand(step, k);
  require(graph().values[value].type == ElementType::real, "is of whole numbers: give the model of floats");
  require(graph().values[value].role != Role::state, "keeps a state from call to call");
  Made& made = made_[static_cast<std::size_t>(value)];
  require(!made.last.empty() || !made.first.empty(), "reads a constant in the place of a result");
  return made;
}

std::string GraphWriter::in_shape(const std::string& tensor, const Shape& shape) {
  Dims dims = with_batch(shape);
  const auto count = static_cast<std::int64_t>(dims.size());
  return node("Reshape", {tensor, constant(array_of(dims, {count}))});
}

std::string GraphWriter::last(const Step& step, int k, const Shape& shape) {
  Made& from = made(step, k);
  if (from.last.empty())
    from.last = node("Transpose", {from.first}, {integers_attribute("perm", to_last(from.shape.rank))});
  return from.shape == shape ? from.last : in_shape(from.last, shape);
}

std::string GraphWriter::first(const Step& step, int k, const Shape& shape) {
  Made& from = made(step, k);
  const std::vector<FileAttribute> order{integers_attribute("perm", to_first(shape.rank))};
  if (from.shape != shape) return node("Transpose", {last(step, k, shape)}, order);
  if (from.first.empty()) from.first = node("Transpose", {from.last}, order);
  return from.first;
}

bool GraphWriter::has_first(const Step& step, int k, const Shape& shape) const {
  const Made& from = made_[static_cast<std::size_t>(graph().operand(step, k))];
  return from.shape == shape && !from.first.empty();
}

void GraphWriter::define_last(int value, const std::string& name, const Shape& shape) {
  made_[static_cast<std::size_t>(value)] = {shape, name, ""};
}

void GraphWriter::define_first(int value, const std::string& name, const Shape& shape) {
  made_[static_cast<std::size_t>(value)] = {shape, "", name};
}

Array GraphWriter::weight(const Step& step, int k, const Dims& dims) const {
  const int value = graph().operand(step, step.inputs - step.parameters + k);
  return {DataType::float32, dims, model_.parameters[static_cast<std::size_t>(value)]};
}

void GraphWriter::add_end(std::vector<FileEnd>& list, const std::string& name, const Shape& shape) {
  list.push_back({name, true, true, DataType::float32, with_batch(shape)});
}

File GraphWriter::finish() {
  step_ = -1;
  for (int k = 0; k < graph().outputs.count; ++k) {
    Made& made = made_[static_cast<std::size_t>(graph().outputs[k])];
    const Shape& shape = graph().output_shapes[k];
    require(!made.last.empty() || !made.first.empty(), "gives back a constant or a state");
    hint_ = "output";
    if (made.last.empty())
      made.last = node("Transpose", {made.first}, {integers_attribute("perm", to_last(made.shape.rank))});
    const std::string result = made.shape == shape ? made.last : in_shape(made.last, shape);
    add_end(file_.outputs, result, shape);
  }
  return std::move(file_);
}

}  // namespace etch::host::onnx
