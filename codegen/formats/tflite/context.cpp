// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/blockers.hpp>
#include <codegen/formats/tflite/context.hpp>
#include <codegen/formats/tflite/dilation.hpp>
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/formats/tflite/unsigned.hpp>
#include <codegen/int8/functions.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// Of all arrays that a file names, values and constants, as it stores them: looked at before any is read.
/// What is made of them has limits of its own (`ImportContext`).
constexpr std::int64_t most_file_bytes = 1 << 28;

}  // namespace

ElementType element_type(ElementKind kind) {
  switch (kind) {
    case ElementKind::int8:
    case ElementKind::uint8:
      return ElementType::i8;
    case ElementKind::int16:
      return ElementType::i16;
    case ElementKind::int32:
    case ElementKind::uint32:
    case ElementKind::uint64:
      return ElementType::i32;
    default:
      return ElementType::real;
  }
}

Context::Context(File file, const std::string& name)
    : ImportContext(name, file.tensors.size()),
      file_(std::move(file)),
      widened_(file_.tensors.size()),
      lost_(file_.tensors.size()) {
  shift_unsigned(file_);
  merge_dilations(file_);
}

std::string Context::described(const FileTensor& t) const {
  return "tensor " + std::to_string(t.index) + " ('" + t.name + "')";
}

int Context::input_number(int i) const {
  if (!has_input(i)) refuse("is damaged: input " + std::to_string(i) + " is missing");
  return op().inputs[static_cast<std::size_t>(i)];
}

bool Context::has_input(int i) const {
  return i < static_cast<int>(op().inputs.size()) && op().inputs[static_cast<std::size_t>(i)] >= 0;
}

int Context::output_number(int i) const {
  if (i >= static_cast<int>(op().outputs.size())) refuse("is damaged: it has too few results");
  return op().outputs[static_cast<std::size_t>(i)];
}

Tensor Context::value(int i) const {
  const int number = input_number(i);
  if (made(number)) return *made(number);
  if (tensor(number).constant())
    refuse("has a constant as input " + std::to_string(i) + ", which is not supported");
  refuse("reads " + described(tensor(number)) + ", which nothing before it makes");
}

Tensor Context::value(int i, const Shape& as) const {
  Tensor t = value(i);
  if (t.shape.size() != as.size())
    refuse("is damaged: " + described(input(i)) + " has not as many elements as its shape");
  t.shape = as;
  return t;
}

Tensor Context::state(int i, int elements) {
  const FileTensor& t = input(i);
  require(t.variable && !t.constant(), "needs states of its own, in variables that no other operator has");
  require(t.elements() == elements, "is damaged: a state has not as many elements as it needs");
  return add_state(input_number(i), elements, element_type(t.kind));
}

void Context::define(const Tensor& value, int output) { define_tensor(output_number(output), value); }

void Context::define_tensor(int number, const Tensor& value) {
  const FileTensor& t = tensor(number);
  if (made(number) || t.constant()) refuse("is damaged: " + described(t) + " is made twice");
  if (value.shape.size() != sample_shape(t).size())
    refuse("is damaged: " + described(t) + " has not the shape that its operator gives");
  if (this->value(value).type != element_type(t.kind))
    refuse("gives " + std::string(name_of(t.kind)) + ", which is not supported");
  set_tensor(number, value);
}

void Context::set_tensor(int number, const Tensor& value) {
  const FileTensor& t = tensor(number);
  Tensor tensor = value;
  tensor.shape = sample_shape(t);
  make(number, tensor);
  if (!is_noted(tensor))
    note(tensor, {t.name, tensor.shape, t.scale_count() == 1 ? quantization(t) : Quantization{}});
}

void Context::define_index(const Tensor& value) {
  const int number = output_number();
  const FileTensor& t = tensor(number);
  if (made(number) || t.constant()) refuse("is damaged: " + described(t) + " is made twice");
  require(t.kind == ElementKind::int32 || t.kind == ElementKind::int64,
          "gives places in another type than int32 and int64");
  require(value.shape.size() == t.elements(), "is damaged: its result has another shape than it computes");
  set_tensor(number, value);
}

void Context::define_constant(const std::vector<float>& numbers) {
  FileTensor& t = file_.tensors[static_cast<std::size_t>(output_number())];
  if (made(t.index) || t.constant()) refuse("is damaged: " + described(t) + " is made twice");
  require(t.kind == ElementKind::float32 && t.elements() == static_cast<int>(numbers.size()),
          "is damaged: its result has another type or number of elements than it computes");
  const auto bytes = std::as_bytes(std::span(numbers));
  file_.made.emplace_back(bytes.begin(), bytes.end());
  t.data = file_.made.back();
}

void Context::rename_constant(int from_input) {
  const FileTensor& from = input(from_input);
  FileTensor& t = file_.tensors[static_cast<std::size_t>(output_number())];
  if (made(t.index) || t.constant()) refuse("is damaged: " + described(t) + " is made twice");
  require(from.constant() && from.kind == t.kind && from.elements() == t.elements(),
          "needs a constant of its result's type and number of elements");
  t.data = from.data;
}

const FileGraph& Context::called(int subgraph) const {
  for (const auto& [number, graph] : file_.called)
    if (number == subgraph) return graph;
  refuse("is damaged: it names a subgraph that is not there");
}

Variable& Context::variable_of(int i) {
  const auto handle = handles_.find(input_number(i));
  if (handle == handles_.end()) refuse("is damaged: " + described(input(i)) + " is no variable");
  return variables_[handle->second];
}

void Context::keep_variable(Variable& v, int elements, ElementType type) {
  if (!v.state) v.state = ModelWriter::state(elements + 1, type);
  require(v.state->shape.size() == elements + 1 && value(*v.state).type == type,
          "is damaged: a variable has several numbers of elements, or several types");
}

void Context::rename(int from_input) {
  require(input(from_input).kind == output().kind, "changes the type of its input");
  if (is_int8(input(from_input))) require_same_quantization(input(from_input), output());
  define(value(from_input));
}

Tensor Context::apply_fused(const Tensor& x) {
  switch (options().activation) {
    case FusedActivation::none:
      return x;
    case FusedActivation::relu:
      return add_activation(x, ActivationKind::relu);
    case FusedActivation::relu6:
      return add_activation(x, ActivationKind::relu6);
    case FusedActivation::tanh:
      return add_activation(x, ActivationKind::tanh);
    default:
      refuse_fused();
  }
}

int8::Bounds Context::bounds_of(const FileTensor& result) const {
  const auto stored = [&](const int8::RealBounds& real) {
    return int8::stored_bounds(real, quantization(result), element_type(result.kind));
  };
  switch (options().activation) {
    case FusedActivation::none:
      return stored({});
    case FusedActivation::relu:
      return stored({.lowest = 0});
    case FusedActivation::relu6:
      return stored({0, 6});
    case FusedActivation::relu_n1_to_1:
      return stored({-1, 1});
    default:
      refuse_fused();
  }
}

void Context::refuse_fused() const {
  refuse("has a fused activation that is not supported (" +
         std::to_string(static_cast<int>(options().activation)) + ")");
}

/// Bytes of uint8 come as they are, and are int8 from then on.
void Context::import_inputs() {
  for (const int number : file_.inputs) {
    const FileTensor& t = tensor(number);
    const bool read = t.kind == ElementKind::float32 || is_int8(t) || is_int16(t) || is_word(t) ||
                      t.kind == ElementKind::uint64;
    if (!read) refuse("has an input of " + std::string(name_of(t.kind)) + ", which is not supported");
    Tensor x = ImportContext::input(sample_shape(t), element_type(t.kind));
    if (t.shifted) {
      note(x, noted_bytes(t, x.shape));
      x = add_step(int8::looked_up(other_sign()), x.shape, {&x, 1});
    }
    define_tensor(number, x);
  }
}

/// What is said of a value of int8 that holds bytes of uint8.
ImportedValue Context::noted_bytes(const FileTensor& t, const Shape& shape) const {
  Quantization q = t.scale_count() == 1 ? quantization(t) : Quantization{};
  if (t.scale_count() == 1) q.zero_point += 128;
  return {.name = t.name, .shape = shape, .quantization = q, .is_unsigned = true};
}

void Context::add_file_output(int number) {
  const FileTensor& t = tensor(number);
  if (!made(number)) refuse("gives " + described(t) + ", which does not depend on the input");
  Tensor y = *made(number);
  if (t.shifted) {
    y = add_step(int8::looked_up(other_sign()), y.shape, {&y, 1});
    note(y, noted_bytes(t, y.shape));
    make(number, y);
  }
  add_output(y);
}

bool Context::reads_lost() const {
  return std::ranges::any_of(
      op().inputs, [&](int number) { return number >= 0 && lost_[static_cast<std::size_t>(number)]; });
}

/// What an operator that was refused would have made, so that those behind it are looked at too.
void Context::stand_in() {
  for (const int number : op().outputs) {
    const FileTensor& t = tensor(number);
    if (made(number) || computed(number) || t.constant()) continue;
    const bool numbers = t.kind == ElementKind::float32 || is_int8(t) || is_int16(t);
    lost_[static_cast<std::size_t>(number)] = true;
    if (!numbers || t.elements() < 1 || stopped()) continue;
    try {
      set_tensor(number, ModelWriter::state(t.elements(), element_type(t.kind)));
      lost_[static_cast<std::size_t>(number)] = false;
    } catch (const Error&) {
      continue;  // what is wrong with the tensor itself is told when something else reads it
    }
  }
}

void Context::import_operator() {
  check_operands();
  const ImportFunction import = import_of(op().kind);
  if (!import) refuse(unsupported(op()));
  import(*this);
}

void Context::import_operators() {
  Blockers blockers;
  for (const FileOperator& op : file_.operators) {
    if (op.merged) continue;
    op_ = &op;
    const std::string start =
        "'" + name() + "': " + op.name + " (operator " + std::to_string(op.index) + ") ";
    try {
      if (!reads_lost())
        import_node(op.name, op.index, [&] { import_operator(); });
      else if (!import_of(op.kind))
        blockers.add(op.name, op.index, unsupported(op));
    } catch (const Error& error) {
      const std::string sentence = error.what();
      if (!sentence.starts_with(start)) throw;
      blockers.add(op.name, op.index, sentence.substr(start.size()));
    }
    if (!blockers.empty()) stand_in();
    if (stopped()) break;
  }
  if (!blockers.empty()) blockers.refuse(name());
}

ImportedModel Context::import() {
  std::int64_t bytes = 0;
  for (const FileTensor& t : file_.tensors)
    bytes += std::int64_t{t.elements()} * std::max(1, bytes_of(t.kind));
  require(bytes <= most_file_bytes, "has more than 256 MB of numbers");
  import_inputs();
  import_operators();
  for (const int number : file_.outputs) add_file_output(number);
  std::vector<SourceOperator> operators;
  for (const FileOperator& op : file_.operators) {
    operators.push_back({op.name, op.index, {}});
    for (const int number : op.outputs)
      operators.back().results.push_back(made(number) ? made(number)->value : -1);
  }
  ImportedModel model = finish(std::move(operators));
  model.widened = widened_bytes_;
  model.int4_weights = std::ranges::any_of(file_.tensors, &FileTensor::narrow);
  return model;
}

}  // namespace etch::host::tflite
