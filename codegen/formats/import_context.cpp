// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/import_context.hpp>
#include <runtime/host/console/summary.hpp>

#include <algorithm>

namespace etch::host {

namespace {

/// Of the model that is made, for its weights, and for its values: what keeps its plan and arena small. A
/// file says them in fewer bytes, where int8 weights become floats and where results are of no array of its
/// own.
constexpr std::int64_t most_model_bytes = 1 << 29;

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
      return "has rows of " + count + " numbers: a quantized one takes " + with_commas(unfit.most) +
             " at most";
  }
  return "has scales that lie too far apart";
}

}  // namespace

ImportContext::ImportContext(const std::string& name, std::size_t values)
    : ModelWriter(name, "'" + name + "': "), made_(values), computed_(values), kept_(values) {}

void ImportContext::import_node(const std::string& op, int index, const std::function<void()>& import) {
  const std::string file = "'" + name() + "': ";
  set_subject(file + op + " (operator " + std::to_string(index) + ") ");
  set_source(index);
  try {
    import();
  } catch (const int8::Unfit& unfit) {
    refuse(reason(unfit));
  }
  set_subject(file);
  set_source(-1);
}

Tensor ImportContext::add_state(int number, int elements, ElementType type) {
  const auto at = static_cast<std::size_t>(number);
  require(!made_[at] && !kept_[at], "needs states of its own, in variables that no other operator has");
  kept_[at] = true;
  return state(elements, type);
}

Tensor ImportContext::add_step(int op, const Words& attributes, const Shape& out, ElementType type,
                               std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants) {
  return add_steps(1, op, attributes, {&out, 1}, type, inputs, constants)[0];
}

std::vector<Tensor> ImportContext::add_steps(int times, int op, const Words& attributes,
                                             std::span<const Shape> outs, ElementType type,
                                             std::span<const Tensor> inputs,
                                             const std::vector<ConstantArray>& constants) {
  require(!full(), "is one of too many operators for a model");
  Step step;
  step.op = static_cast<std::int16_t>(op);
  step.attributes = attributes;
  step.repeat = static_cast<std::int16_t>(times);
  std::vector<Tensor> results = copy(step, type, outs, inputs, constants);
  require(weight_bytes() <= most_model_bytes, "is one of operators whose weights take more than 512 MB");
  for (const Tensor& result : results)
    value_bytes_ += std::int64_t{result.shape.size()} * times * bytes_of(value(result).type, DType::f32);
  require(value_bytes_ <= most_model_bytes, "is one of operators whose results take more than 512 MB");
  return results;
}

Tensor ImportContext::add_activation(const Tensor& x, ActivationKind kind) {
  return add_step(op_code<ops::Activation>, pack(ops::Activation::Attributes{kind}), x.shape,
                  ElementType::real, {&x, 1});
}

Tensor ImportContext::copy_of(const Tensor& x) {
  const ops::Slice::Attributes all{{{1, 1, 1, x.shape.size()}, {0, 0, 0, 1}}, 0};
  return add_step(op_code<ops::Slice>, pack(all), x.shape, value(x).type, {&x, 1});
}

void ImportContext::add_output(const Tensor& tensor) {
  const bool given = std::ranges::find(outputs_, tensor.value) != outputs_.end();
  const Tensor y = given || value(tensor).role != Role::temporary ? copy_of(tensor) : tensor;
  outputs_.push_back(y.value);
  output(y);
}

AxisWindows ImportContext::windows(int in, int kernel, int stride, int dilation, bool same) const {
  require(kernel >= 1 && kernel <= 4096 && stride >= 1 && stride <= 4096 && dilation >= 1 && dilation <= 4096,
          "has a window, stride or dilation that is not between 1 and 4,096");
  const int reach = (kernel - 1) * dilation + 1;
  if (!same) return {in >= reach ? (in - reach) / stride + 1 : 0, 0};
  const int out = (in + stride - 1) / stride;
  const int padding = (out - 1) * stride + reach - in;
  return {out, padding > 0 ? padding / 2 : 0};
}

}  // namespace etch::host
