// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/context.hpp>
#include <codegen/int8/conversions.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::onnx {

namespace {

using Kind = FileAttribute::Kind;

}  // namespace

std::int64_t Context::integer(const char* name, std::int64_t otherwise) const {
  const FileAttribute* const a = node_->attribute(name);
  if (a && a->kind != Kind::integer) refuse("is damaged: its attribute '" + a->name + "' is no whole number");
  return a ? a->integer : otherwise;
}

double Context::real(const char* name, double otherwise) const {
  const FileAttribute* const a = node_->attribute(name);
  if (a && a->kind != Kind::real) refuse("is damaged: its attribute '" + a->name + "' is no real number");
  if (a && !std::isfinite(a->real)) refuse("has an attribute '" + a->name + "' that is not finite");
  return a ? a->real : otherwise;
}

std::string Context::text(const char* name, const std::string& otherwise) const {
  const FileAttribute* const a = node_->attribute(name);
  if (a && a->kind != Kind::text && a->kind != Kind::texts)
    refuse("is damaged: its attribute '" + a->name + "' is no text");
  return a ? a->text : otherwise;
}

std::optional<std::vector<std::int64_t>> Context::list(const char* name) const {
  const FileAttribute* const a = node_->attribute(name);
  if (!a) return {};
  if (a->kind != Kind::integers) refuse("is damaged: its attribute '" + a->name + "' is no list");
  if (a->integers.size() > 64)
    refuse("is damaged: its attribute '" + a->name + "' lists more than 64 numbers");
  return a->integers;
}

std::optional<std::vector<std::int64_t>> Context::list_or_input(const char* name, int i, int since) const {
  if (opset() < since) return list(name);
  if (!has_input(i)) return {};
  return whole_numbers(i, name);
}

int Context::axis_of(std::int64_t axis, std::size_t rank) const {
  const auto extent = static_cast<std::int64_t>(rank);
  if (axis < -extent || axis >= extent) refuse("is damaged: it names an axis that its input does not have");
  return static_cast<int>(axis < 0 ? axis + extent : axis);
}

bool Context::has_input(int i) const {
  return i < inputs() && !node_->inputs[static_cast<std::size_t>(i)].empty();
}
bool Context::has_output(int i) const {
  return i < outputs() && !node_->outputs[static_cast<std::size_t>(i)].empty();
}

bool Context::is_read(int output) const {
  if (!has_output(output)) return false;
  const std::string& name = node_->outputs[static_cast<std::size_t>(output)];
  return readers_.contains(name) || results_.contains(name);
}

const Known& Context::known(int i) const {
  if (!has_input(i)) refuse("is damaged: its input " + std::to_string(i) + " is missing");
  return values_.at(node_->inputs[static_cast<std::size_t>(i)]);
}

const Array& Context::constant(int i, const char* what) const {
  const Known& value = known(i);
  if (!value.is_constant())
    refuse("needs its input " + std::to_string(i) + " (" + what +
           ") to be constant: what depends on the model's input is not supported there");
  return value.array();
}

std::vector<std::int64_t> Context::whole_numbers(int i, const char* what) const {
  const Array& array = constant(i, what);
  if (array.elements() > 64) refuse("is damaged: it lists more than 64 numbers as its " + std::string(what));
  if (is_real(array.type)) refuse("is damaged: its " + std::string(what) + " are no whole numbers");
  return integers(array);
}

float Context::number(int i, const char* what) const {
  const Array& array = constant(i, what);
  if (array.elements() != 1) refuse("is damaged: its " + std::string(what) + " is not one number");
  return floats(array)[0];
}

const Live& Context::stored(int i) const {
  const Known& value = known(i);
  if (value.is_constant())
    refuse("has a constant as its input " + std::to_string(i) + ", which is not supported");
  return *value.live;
}

Live Context::live(int i) { return as_real(stored(i)); }

const Dims& Context::dims(int i) const {
  const Known& value = known(i);
  if (value.live) return value.live->dims;
  return value.constant ? value.constant->dims : value.stored->array.dims;
}

Known& Context::value_of(const std::string& name) { return values_[name]; }

void Context::define_known(Known&& value, int output) {
  if (!has_output(output)) return;
  const std::string& name = node_->outputs[static_cast<std::size_t>(output)];
  const auto [at, fresh] = values_.try_emplace(name, std::move(value));
  if (!fresh) refuse("is damaged: '" + name + "' is made twice");
}

void Context::define(Array value, int output) {
  folded_bytes_ += static_cast<std::int64_t>(value.bytes.size());
  require(folded_bytes_ <= 1 << 29, "is one of nodes that compute more than 512 MB of constants");
  define_known({std::make_shared<const Array>(std::move(value)), {}, {}}, output);
}

void Context::define(const Live& value, int output) {
  if (!has_output(output)) return;
  Known known;
  known.live = value;
  if (!is_noted(value.tensor)) {
    const bool stored = this->value(value.tensor).type == ElementType::i8;
    note(value.tensor, {node_->outputs[static_cast<std::size_t>(output)], value.tensor.shape,
                        stored && value.stands_for ? *value.stands_for : Quantization{}});
  }
  define_known(std::move(known), output);
}

void Context::define_named(const std::string& name, const Live& value) {
  Known known;
  known.live = value;
  if (!values_.try_emplace(name, std::move(known)).second) refuse("is damaged: '" + name + "' is made twice");
}

Live Context::add(int op, const Words& attributes, const Live& like, ElementType type,
                  std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants) {
  Live y = like;
  y.stands_for.reset();
  y.tensor = add_step(op, attributes, like.tensor.shape, type, inputs, constants);
  return y;
}

Live Context::real_step(int op, const Words& attributes, const Live& x,
                        const std::vector<ConstantArray>& constants) {
  return add(op, attributes, x, ElementType::real, {&x.tensor, 1}, constants);
}

std::vector<Tensor> Context::add_many(int times, int op, const Words& attributes, std::span<const Shape> outs,
                                      std::span<const Tensor> inputs,
                                      const std::vector<ConstantArray>& constants) {
  require(times <= limits::repeat.most, "has a batch of more than 32,767");
  return add_steps(times, op, attributes, outs, ElementType::real, inputs, constants);
}

Tensor Context::add_repeated(int times, int op, const Words& attributes, const Shape& in, const Shape& out,
                             ElementType type, const Tensor& x, const std::vector<ConstantArray>& constants) {
  Tensor each = x;
  each.shape = in;
  require(times <= limits::repeat.most, "has a batch of more than 32,767");
  Tensor y = add_steps(times, op, attributes, {&out, 1}, type, {&each, 1}, constants)[0];
  if (times > 1) y.shape = {times, out.size()};
  return y;
}

Live Context::activated(const Live& x, ActivationKind kind) {
  return real_step(op_code<ops::Activation>, pack(ops::Activation::Attributes{kind}), x);
}

Live Context::affine(const Live& x, float scale, float offset) {
  ops::Affine::Attributes a;
  a.scale[0] = scale;
  a.offset[0] = offset;
  return real_step(op_code<ops::Affine>, pack(a), x);
}

Live Context::as_real(const Live& x) {
  if (value(x.tensor).type == ElementType::real) return x;
  if (!x.stands_for)
    refuse(std::string("computes with numbers of ") + name_of(x.type) +
           " that stand for no real ones, which is not supported");
  return as_numbers(x);
}

Live Context::as_numbers(const Live& x) {
  if (value(x.tensor).type == ElementType::real) return x;
  const Quantization q = x.stands_for.value_or(Quantization{1, x.type == DataType::uint8 ? -128 : 0});
  const int8::QuantizedStep step = int8::dequantize(q);
  Live y = add(step.op, step.attributes, x, step.type, {&x.tensor, 1}, step.constants);
  y.type = x.stands_for ? DataType::float32 : x.type;
  return y;
}

Array dequantized(const Stored& stored) {
  const Array& from = stored.array;
  const std::vector<double> numbers = reals(from);
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(stored.axis) + 1; i < from.dims.size(); ++i)
    inner *= from.dims[i];
  std::vector<double> real(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t c =
        i / static_cast<std::size_t>(std::max<std::int64_t>(inner, 1)) % stored.scales.size();
    real[i] = static_cast<double>(stored.scales[c] *
                                  static_cast<float>(numbers[i] - static_cast<double>(stored.zeros[c])));
  }
  return array_of(real, from.dims);
}

}  // namespace etch::host::onnx
