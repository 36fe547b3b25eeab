// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/importer.hpp>
#include <codegen/int8/unfit.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

namespace etch::host::tflite {

namespace {

/// Bytes of values and weights together: what keeps plans and arenas of damaged files small.
constexpr std::int64_t most_bytes = 1 << 28;
/// The same of the steps that operators become: some have several, and wider weights.
constexpr std::int64_t most_made = 1 << 29;

std::string reason(const int8::Unfit& unfit) {
  const std::string count = std::to_string(unfit.count), most = std::to_string(unfit.most);
  switch (unfit.kind) {
    case int8::Unfit::Kind::scales:
      break;
    case int8::Unfit::Kind::function_scale:
      return "has a scale that is not supported";
    case int8::Unfit::Kind::sum:
      return "has sums that may not fit " + most + " bits";
    case int8::Unfit::Kind::average:
      return "averages " + count + " numbers, whose sum may not fit 32 bits: " + most +
             " at most are supported";
    case int8::Unfit::Kind::softmax:
      return "has rows of " + count + " numbers: a quantized one takes 65,536 at most";
  }
  return "has scales that lie too far apart";
}

}  // namespace

ElementType element_type(ElementKind kind) {
  switch (kind) {
    case ElementKind::int8:
    case ElementKind::uint8:
      return ElementType::i8;
    case ElementKind::int16:
      return ElementType::i16;
    case ElementKind::int32:
      return ElementType::i32;
    default:
      return ElementType::real;
  }
}

Importer::Importer(File file, std::string name)
    : file_(std::move(file)),
      name_(std::move(name)),
      builder_(std::make_unique<Builder>()),
      made_(file_.tensors.size()),
      computed_(file_.tensors.size()),
      kept_(file_.tensors.size()),
      widened_(file_.tensors.size()) {}

void Importer::refuse(const std::string& why) const {
  std::string where = "'" + name_ + "': ";
  if (op_) where += op_->name + " (operator " + std::to_string(op_->index) + ") ";
  throw Error(where + why);
}

std::string Importer::described(const FileTensor& t) const {
  return "tensor " + std::to_string(t.index) + " ('" + t.name + "')";
}

int Importer::input_number(int i) const {
  if (!has_input(i)) refuse("is damaged: input " + std::to_string(i) + " is missing");
  return op_->inputs[static_cast<std::size_t>(i)];
}
bool Importer::has_input(int i) const {
  return i < static_cast<int>(op_->inputs.size()) && op_->inputs[static_cast<std::size_t>(i)] >= 0;
}
int Importer::output_number(int i) const {
  if (i >= static_cast<int>(op_->outputs.size())) refuse("is damaged: it has too few results");
  return op_->outputs[static_cast<std::size_t>(i)];
}

Tensor Importer::value(int i) const {
  const int number = input_number(i);
  const auto& made = made_[static_cast<std::size_t>(number)];
  if (made) return *made;
  if (tensor(number).constant())
    refuse("has a constant as input " + std::to_string(i) + ", which is not supported");
  refuse("reads " + described(tensor(number)) + ", which nothing before it makes");
}

Tensor Importer::value(int i, const Shape& as) const {
  Tensor t = value(i);
  if (t.shape.size() != as.size())
    refuse("is damaged: " + described(input(i)) + " has not as many elements as its shape");
  t.shape = as;
  return t;
}

void Importer::define(int number, const Tensor& value) {
  const FileTensor& t = tensor(number);
  auto& made = made_[static_cast<std::size_t>(number)];
  if (made || t.constant()) refuse("is damaged: " + described(t) + " is made twice");
  if (value.shape.size() != t.elements())
    refuse("is damaged: " + described(t) + " has not the shape that its operator gives");
  if (builder_->graph.values[value.value].type != element_type(t.kind))
    refuse("gives " + std::string(name_of(t.kind)) + ", which is not supported");
  made = value;
  made->shape = sample_shape(t);
  const auto at = static_cast<std::size_t>(value.value);
  if (traced_.size() <= at) traced_.resize(at + 1);
  ImportedValue& noted = traced_[at];
  if (noted.name.empty()) {
    noted.name = t.name;
    noted.shape = made->shape;
    if (t.scale_count() == 1) noted.quantization = quantization(t);
  }
}

/// The result is the same numbers in another shape.
void Importer::rename(int from_input, int output) {
  require(input(from_input).kind == tensor(output_number(output)).kind, "changes the type of its input");
  if (is_int8(input(from_input))) require_same_quantization(input(from_input), tensor(output_number(output)));
  define(output_number(output), value(from_input));
}

std::vector<std::int8_t> Importer::bytes(const FileTensor& t) const {
  require(t.constant() && t.kind == ElementKind::int8, "needs constant int8 numbers as weights");
  std::vector<std::int8_t> numbers(t.data.size());
  std::memcpy(numbers.data(), t.data.data(), t.data.size());
  return numbers;
}

ConstantArray Importer::whole_constant(const FileTensor& t) const {
  if (!is_int16(t)) return constant_of(bytes(t), ElementType::i8);
  require(t.constant(), "needs constant numbers");
  require_symmetric(t);
  return {{t.elements()}, ElementType::i16, {t.data.begin(), t.data.end()}};
}

std::vector<std::int32_t> Importer::words(const FileTensor& t) const {
  require(t.constant() && t.kind == ElementKind::int32, "needs constant int32 numbers as its bias");
  std::vector<std::int32_t> numbers(t.data.size() / sizeof(std::int32_t));
  std::memcpy(numbers.data(), t.data.data(), t.data.size());
  return numbers;
}

void Importer::note_widened(const FileTensor& t) {
  const auto at = static_cast<std::size_t>(t.index);
  if (widened_[at]) return;
  widened_[at] = true;
  model_.widened.stored_bytes += t.elements();
  model_.widened.real_bytes += t.elements() * static_cast<long long>(sizeof(float));
}

std::vector<float> Importer::floats(const FileTensor& t) {
  require(t.constant(), "needs constant weights");
  std::vector<float> numbers(static_cast<std::size_t>(t.elements()));
  if (t.kind == ElementKind::float32) {
    std::memcpy(numbers.data(), t.data.data(), t.data.size());
    return numbers;
  }
  const std::vector<std::int8_t> stored = bytes(t);
  require(t.scale_count() > 0, "has quantized weights without a scale");
  note_widened(t);
  int inner = 1, channels = 1;
  if (t.scale_count() > 1) {
    const int axis = axis_of(t, t.quantized_dimension);
    channels = t.shape[static_cast<std::size_t>(axis)];
    require(channels == t.scale_count(), "has weights without a scale for each channel");
    for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < t.shape.size(); ++i) inner *= t.shape[i];
  }
  std::vector<Quantization> quantizations;
  for (int channel = 0; channel < channels; ++channel) quantizations.push_back(quantization(t, channel));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const Quantization& q = quantizations[i / static_cast<std::size_t>(inner) % quantizations.size()];
    numbers[i] = q.scale * static_cast<float>(stored[i] - q.zero_point);
  }
  return numbers;
}

std::optional<std::vector<std::int64_t>> Importer::known_numbers(int number) const {
  const FileTensor& t = tensor(number);
  if (!t.constant()) return computed_[static_cast<std::size_t>(number)];
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(t.elements()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (t.kind == ElementKind::int64) {
      std::memcpy(&numbers[i], t.data.data() + 8 * i, 8);
    } else if (t.kind == ElementKind::int32) {
      std::int32_t n = 0;
      std::memcpy(&n, t.data.data() + 4 * i, 4);
      numbers[i] = n;
    } else {
      return {};
    }
  }
  return numbers;
}

std::vector<int> Importer::small_numbers(int i) const {
  require(input(i).elements() <= 16, "is damaged: it lists more than 16 axes");
  const auto known = known_numbers(input_number(i));
  if (!known)
    refuse("needs " + described(input(i)) +
           " to be known: what depends on the model's input is not supported");
  std::vector<int> numbers;
  for (const std::int64_t n : *known)
    numbers.push_back(static_cast<int>(std::clamp<std::int64_t>(n, INT32_MIN, INT32_MAX)));
  return numbers;
}

ElementType Importer::common_type(int inputs) const {
  const ElementKind kind = output().kind;
  bool same = kind == ElementKind::float32 || kind == ElementKind::int8 || kind == ElementKind::int16;
  for (int i = 0; i < inputs; ++i) same = same && input(i).kind == kind;
  if (!same)
    refuse("is supported in int8, int16 and float32 only: it takes " + std::string(name_of(input(0).kind)) +
           " and gives " + name_of(kind));
  for (int i = 0; i < inputs && kind == ElementKind::int16; ++i) require_symmetric(input(i));
  if (kind == ElementKind::int16) require_symmetric(output());
  return element_type(kind);
}

void Importer::require_symmetric(const FileTensor& t) const {
  require(quantization(t).zero_point == 0, "is supported in int16 with zero points of 0 only");
}

void Importer::require_same_quantization(const FileTensor& a, const FileTensor& b) const {
  require(quantization(a) == quantization(b),
          "is supported only with one scale and zero point for input and result");
}

/// The extents without the batch of one.
Shape Importer::sample_shape(const FileTensor& t) const {
  std::size_t first = !t.shape.empty() && t.shape[0] == 1 && t.shape.size() > 1 ? 1 : 0;
  while (t.shape.size() - first > 4 && t.shape[first] == 1) ++first;
  if (t.shape.size() - first > 4) refuse("has more than 4 extents in " + described(t));
  Shape shape;
  for (std::size_t i = first; i < t.shape.size(); ++i) shape.append(t.shape[i]);
  if (shape.rank == 0) shape.append(1);
  if (shape.size() < 1) refuse("has no elements in " + described(t));
  return shape;
}

std::array<int, 4> Importer::four_extents(const FileTensor& t) const {
  const Shape shape = sample_shape(t);
  std::array<int, 4> extent{1, 1, 1, 1};
  for (int i = 0; i < shape.rank; ++i) extent[static_cast<std::size_t>(4 - shape.rank + i)] = shape[i];
  return extent;
}

int Importer::axis_of(const FileTensor& t, int axis) const {
  const int rank = static_cast<int>(t.shape.size());
  const int from_first = axis < 0 ? axis + rank : axis;
  if (from_first < 0 || from_first >= rank)
    refuse("is damaged: it names the axis " + std::to_string(axis) + " of " + std::to_string(rank));
  return from_first;
}

Tensor Importer::add_step(int op, const Words& attributes, const Shape& out, ElementType type,
                          std::span<const Tensor> inputs, const std::vector<ConstantArray>& weights) {
  const auto& graph = builder_->graph;
  require(graph.operands.count + 300 < declaration_capacity.operands,
          "is one of too many operators for a model");
  LayerState state{op_ ? op_->index : 0};
  builder_->first_call(state);
  for (const ConstantArray& w : weights) {
    builder_->parameter(state, {.shape = w.shape, .type = w.type});
    store(w);
  }
  const Tensor result = builder_->apply(rule_of(op), state, attributes, out, inputs, nullptr, type);
  if (graph.fault) refuse(graph.fault.sentence);
  value_bytes_ += std::int64_t{out.size()} * bytes_of(type, DType::f32);
  require(value_bytes_ <= most_made, "is one of operators whose results take more than 512 MB");
  model_.source.push_back(op_ ? op_->index : -1);
  return result;
}

Tensor Importer::add_activation(const Tensor& x, ActivationKind kind) {
  return add_step(op_code<ops::Activation>, pack(ops::Activation::Attributes{kind}), x.shape,
                  ElementType::real, {&x, 1});
}

Tensor Importer::apply_fused(const Tensor& x, FusedActivation activation) {
  switch (activation) {
    case FusedActivation::none:
      return x;
    case FusedActivation::relu:
      return add_activation(x, ActivationKind::relu);
    case FusedActivation::relu6:
      return add_activation(x, ActivationKind::relu6);
    case FusedActivation::tanh:
      return add_activation(x, ActivationKind::tanh);
    default:
      refuse("has a fused activation that is not supported (" + std::to_string(static_cast<int>(activation)) +
             ")");
  }
}

Tensor Importer::copy_of(const Tensor& x) {
  const ops::Slice::Attributes whole{{{1, 1, 1, x.shape.size()}, {0, 0, 0, 1}}, 0};
  return add_step(op_code<ops::Slice>, pack(whole), x.shape, builder_->graph.values[x.value].type, {&x, 1});
}

int8::Bounds Importer::bounds_of(const FileTensor& result) const {
  const auto stored = [&](const int8::RealBounds& real) {
    return int8::stored_bounds(real, quantization(result), element_type(result.kind));
  };
  switch (op_->options.activation) {
    case FusedActivation::none:
      return stored({});
    case FusedActivation::relu:
      return stored({.lowest = 0});
    case FusedActivation::relu6:
      return stored({0, 6});
    case FusedActivation::relu_n1_to_1:
      return stored({-1, 1});
    default:
      refuse("has a fused activation that is not supported (" +
             std::to_string(static_cast<int>(op_->options.activation)) + ")");
  }
}

void Importer::import_operator() {
  check_operands();
  switch (op_->kind) {
    case OperatorKind::conv_2d:
    case OperatorKind::depthwise_conv_2d:
      return import_convolution();
    case OperatorKind::fully_connected:
      return import_fully_connected();
    case OperatorKind::average_pool_2d:
    case OperatorKind::max_pool_2d:
      return import_pool();
    case OperatorKind::mean:
      return import_mean();
    case OperatorKind::pad:
    case OperatorKind::pad_v2:
      return import_pad();
    case OperatorKind::add:
    case OperatorKind::sub:
    case OperatorKind::mul:
      return import_binary();
    case OperatorKind::logistic:
    case OperatorKind::tanh:
    case OperatorKind::relu:
    case OperatorKind::relu6:
    case OperatorKind::leaky_relu:
    case OperatorKind::hard_swish:
      return import_function();
    case OperatorKind::softmax:
      return import_softmax();
    case OperatorKind::quantize:
      return import_quantize();
    case OperatorKind::dequantize:
      return import_dequantize();
    case OperatorKind::reshape:
    case OperatorKind::squeeze:
    case OperatorKind::expand_dims:
      return import_reshape();
    case OperatorKind::transpose:
      return import_transpose();
    case OperatorKind::concatenation:
      return import_concatenation();
    case OperatorKind::split:
      return import_split();
    case OperatorKind::strided_slice:
      return import_strided_slice();
    case OperatorKind::slice:
      return import_slice();
    case OperatorKind::shape:
      return import_shape();
    case OperatorKind::pack:
      return import_pack();
    case OperatorKind::resize_nearest_neighbor:
    case OperatorKind::resize_bilinear:
      return import_resize();
    case OperatorKind::unidirectional_sequence_lstm:
      return import_lstm();
    case OperatorKind::svdf:
      return import_svdf();
  }
  refuse("is not supported");
}

ImportedModel Importer::import() {
  model_.name = name_;
  std::int64_t bytes = 0;
  for (const FileTensor& t : file_.tensors)
    bytes += std::int64_t{t.elements()} * std::max(1, bytes_of(t.kind));
  require(bytes <= most_bytes, "has more than 256 MB of numbers");
  for (const int number : file_.inputs) {
    const FileTensor& t = tensor(number);
    const bool read = t.kind == ElementKind::float32 || t.kind == ElementKind::int8 ||
                      t.kind == ElementKind::uint8 || t.kind == ElementKind::int16;
    if (!read) refuse("has an input of " + std::string(name_of(t.kind)) + ", which is not supported");
    const Tensor x = builder_->input(sample_shape(t), nullptr, 0);
    if (builder_->graph.fault) refuse(builder_->graph.fault.sentence);
    builder_->set_type(x, element_type(t.kind));
    define(number, x);
  }
  for (const FileOperator& op : file_.operators) {
    op_ = &op;
    try {
      import_operator();
    } catch (const int8::Unfit& unfit) {
      refuse(reason(unfit));
    }
  }
  std::vector<std::int16_t> given;
  for (const int number : file_.outputs) {
    op_ = nullptr;
    const auto& made = made_[static_cast<std::size_t>(number)];
    if (!made) refuse("gives " + described(tensor(number)) + ", which does not depend on the input");
    Tensor y = *made;
    const bool computed = builder_->graph.values[y.value].role == Role::temporary;
    if (!computed || std::find(given.begin(), given.end(), y.value) != given.end()) y = copy_of(y);
    given.push_back(y.value);
    builder_->output(y, 0);
  }
  builder_->finish(0);
  if (builder_->graph.fault) refuse(builder_->graph.fault.sentence);
  share_equal_weights();

  const int parameters = builder_->graph.parameters.count;
  model_.values.resize(static_cast<std::size_t>(parameters));
  model_.values.insert(model_.values.end(), traced_.begin(), traced_.end());
  model_.values.resize(static_cast<std::size_t>(builder_->graph.values.count));
  for (const FileOperator& op : file_.operators) {
    SourceOperator source{op.name, op.index, {}};
    for (const int number : op.outputs) {
      const auto& made = made_[static_cast<std::size_t>(number)];
      source.results.push_back(made ? made->value + parameters : -1);
    }
    model_.operators.push_back(std::move(source));
  }
  model_.graph = std::make_unique<Graph<declaration_capacity>>(builder_->graph);
  return std::move(model_);
}

}  // namespace etch::host::tflite

namespace etch::host {

ImportedModel import_tflite(std::span<const std::byte> file, const std::string& name) {
  return tflite::Importer(tflite::read_file(file, name), name).import();
}

ImportedModel import_tflite(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in && bytes.empty()) throw Error("'" + path.string() + "' cannot be read");
  ImportedModel model = import_tflite(std::as_bytes(std::span(bytes)), path.string());
  model.name = path.stem().string();
  return model;
}

}  // namespace etch::host
