// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/context.hpp>
#include <codegen/formats/tflite/operators.hpp>

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
    : ImportContext(name, file.tensors.size()), file_(std::move(file)), widened_(file_.tensors.size()) {}

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
  const Shape shape = sample_shape(t);
  if (value.shape.size() != shape.size())
    refuse("is damaged: " + described(t) + " has not the shape that its operator gives");
  if (this->value(value).type != element_type(t.kind))
    refuse("gives " + std::string(name_of(t.kind)) + ", which is not supported");
  Tensor tensor = value;
  tensor.shape = shape;
  make(number, tensor);
  if (!is_noted(tensor))
    note(tensor, {t.name, tensor.shape, t.scale_count() == 1 ? quantization(t) : Quantization{}});
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

void Context::import_inputs() {
  for (const int number : file_.inputs) {
    const FileTensor& t = tensor(number);
    const bool read = t.kind == ElementKind::float32 || t.kind == ElementKind::int8 ||
                      t.kind == ElementKind::uint8 || t.kind == ElementKind::int16 || is_word(t) ||
                      t.kind == ElementKind::uint64;
    if (!read) refuse("has an input of " + std::string(name_of(t.kind)) + ", which is not supported");
    define_tensor(number, ImportContext::input(sample_shape(t), element_type(t.kind)));
  }
}

ImportedModel Context::import() {
  std::int64_t bytes = 0;
  for (const FileTensor& t : file_.tensors)
    bytes += std::int64_t{t.elements()} * std::max(1, bytes_of(t.kind));
  require(bytes <= most_file_bytes, "has more than 256 MB of numbers");
  import_inputs();
  for (const FileOperator& op : file_.operators) {
    op_ = &op;
    import_node(op.name, op.index, [&] {
      check_operands();
      const ImportFunction import = import_of(op.kind);
      require(import != nullptr, "is not supported");
      import(*this);
    });
  }
  for (const int number : file_.outputs) {
    if (!made(number)) refuse("gives " + described(tensor(number)) + ", which does not depend on the input");
    add_output(*made(number));
  }
  std::vector<SourceOperator> operators;
  for (const FileOperator& op : file_.operators) {
    operators.push_back({op.name, op.index, {}});
    for (const int number : op.outputs)
      operators.back().results.push_back(made(number) ? made(number)->value : -1);
  }
  ImportedModel model = finish(std::move(operators));
  model.widened = widened_bytes_;
  return model;
}

}  // namespace etch::host::tflite
