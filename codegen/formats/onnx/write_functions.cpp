// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/step_writers.hpp>

#include <cmath>

namespace etch::host::onnx {

namespace {

/// An operator of ONNX that is a function, with its attributes.
struct Function {
  ActivationKind kind;
  const char* op;
  const char* alpha_name;
  float alpha;
  float beta;
};

constexpr Function single_functions[]{
    {ActivationKind::relu, "Relu", nullptr, 0, 0},
    {ActivationKind::sigmoid, "Sigmoid", nullptr, 0, 0},
    {ActivationKind::tanh, "Tanh", nullptr, 0, 0},
    {ActivationKind::leaky_relu, "LeakyRelu", "alpha", 0.2f, 0},
    {ActivationKind::elu, "Elu", "alpha", 1, 0},
    {ActivationKind::selu, "Selu", nullptr, 0, 0},
    {ActivationKind::softplus, "Softplus", nullptr, 0, 0},
    {ActivationKind::softsign, "Softsign", nullptr, 0, 0},
    {ActivationKind::hard_sigmoid, "HardSigmoid", "alpha", 1.0f / 6, 0.5f},
    {ActivationKind::hard_sigmoid_keras2, "HardSigmoid", "alpha", 0.2f, 0.5f},
    {ActivationKind::hard_silu, "HardSwish", nullptr, 0, 0},
    {ActivationKind::exponential, "Exp", nullptr, 0, 0},
};

std::string function_of_several(GraphWriter& to, ActivationKind kind, const std::string& x) {
  switch (kind) {
    case ActivationKind::relu6:
      return to.node("Clip", {x, to.number(0), to.number(6)});
    case ActivationKind::silu:
      return to.node("Mul", {x, to.node("Sigmoid", {x})});
    case ActivationKind::mish:
      return to.node("Mul", {x, to.node("Tanh", {to.node("Softplus", {x})})});
    case ActivationKind::gelu: {
      const std::string root = to.node("Div", {x, to.number(std::sqrt(2.0f))});
      const std::string sum = to.node("Add", {to.node("Erf", {root}), to.number(1)});
      return to.node("Mul", {to.node("Mul", {x, sum}), to.number(0.5f)});
    }
    default:
      to.refuse(std::string("computes ") + name_of(kind) + ", which is not written");
  }
}

}  // namespace

std::string write_function(GraphWriter& to, ActivationKind kind, const std::string& x, int axis) {
  if (kind == ActivationKind::linear) return x;
  if (kind == ActivationKind::softmax) return to.node("Softmax", {x}, {integer_attribute("axis", axis)});
  if (kind == ActivationKind::log_softmax)
    return to.node("LogSoftmax", {x}, {integer_attribute("axis", axis)});
  for (const Function& f : single_functions) {
    if (f.kind != kind) continue;
    std::vector<FileAttribute> attributes;
    if (f.alpha_name) attributes.push_back(real_attribute(f.alpha_name, f.alpha));
    if (f.beta != 0) attributes.push_back(real_attribute("beta", f.beta));
    return to.node(f.op, {x}, attributes);
  }
  return function_of_several(to, kind, x);
}

void write_activation(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Activation::Attributes>(step.attributes);
  write_elements(to, step,
                 [&](const std::string& x, int axis) { return write_function(to, a.kind, x, axis); });
}

/// Along one axis.
void write_softmax(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Softmax::Attributes>(step.attributes);
  to.require(!a.masked && !a.causal, "is masked, as within an attention layer");
  int axis = 0;
  for (int before = 1; axis < step.in.rank; before *= step.in[axis++])
    if (before == a.outer && step.in[axis] == a.extent && step.in.size() == before * a.extent * a.inner)
      break;
  to.require(axis < step.in.rank, "is over several axes");
  const std::string y = to.node(a.log ? "LogSoftmax" : "Softmax", {to.last(step, 0, step.in)},
                                {integer_attribute("axis", axis + 1)});
  to.define_last(to.graph().result(step), y, step.out);
}

void write_parametric_activation(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::ParametricActivation::Attributes>(step.attributes);
  const bool elu = a.function == kernels::ParametricFunction::elu;
  const bool clipped = !elu && !std::isinf(a.max_value);
  to.require(elu || a.threshold == 0, "has a threshold, which is not written");
  to.require(!clipped || a.slope == 0, "has a slope and a largest number, which are not written together");
  write_elements(to, step, [&](const std::string& x, int) {
    if (clipped) return to.node("Clip", {x, to.number(0), to.number(a.max_value)});
    return to.node(elu ? "Elu" : "LeakyRelu", {x}, {real_attribute("alpha", a.slope)});
  });
}

void write_prelu(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::PReLU::Attributes>(step.attributes);
  Dims dims{1};
  for (int i = 0; i < step.in.rank; ++i) dims.push_back(a.stride[i] == 0 ? 1 : step.in[i]);
  const Array slopes = to.weight(step, 0, dims);
  to.require(elements_of(dims) == a.alphas, "has slopes that are not written");
  write_elements(to, step, [&](const std::string& x, int axis) {
    Array lying = slopes;
    if (axis == 1)
      lying = transposed(lying, step.in.rank == 3 ? std::vector{0, 3, 1, 2} : std::vector{0, 2, 1});
    lying.dims.erase(lying.dims.begin());
    return to.node("PRelu", {x, to.constant(lying)});
  });
}

void write_affine(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Affine::Attributes>(step.attributes);
  const int channels = a.channels > 0 ? step.in.last() : 1;
  std::vector<double> scale(static_cast<std::size_t>(channels), 1.0), offset(scale.size(), 0.0);
  for (int i = 0; i < a.count; ++i) {
    scale[static_cast<std::size_t>(a.first + i)] = static_cast<double>(a.scale[i]);
    offset[static_cast<std::size_t>(a.first + i)] = static_cast<double>(a.offset[i]);
  }
  write_elements(to, step, [&](const std::string& x, int axis) {
    Dims dims{channels};
    for (int i = 1; axis == 1 && i < step.in.rank; ++i) dims.push_back(1);
    const std::string y = to.node("Mul", {x, to.constant(array_of(scale, dims))});
    return to.node("Add", {y, to.constant(array_of(offset, dims))});
  });
}

void write_batch_normalization(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::BatchNormalization::Attributes>(step.attributes);
  to.require(!a.masked, "has a mask");
  const int channels = step.in.last();
  int next = 0;
  const auto weight = [&](bool there, double otherwise) {
    if (there) return to.constant(to.weight(step, next++, {channels}));
    return to.constant(
        array_of(std::vector<double>(static_cast<std::size_t>(channels), otherwise), {channels}));
  };
  GraphWriter::Names inputs{step.in.rank == 1 ? to.last(step, 0, step.in) : to.first(step, 0, step.in)};
  inputs.push_back(weight(a.scale != 0, 1));
  inputs.push_back(weight(a.center != 0, 0));
  inputs.push_back(weight(true, 0));
  inputs.push_back(weight(true, 0));
  const std::string y = to.node("BatchNormalization", inputs, {real_attribute("epsilon", a.epsilon)});
  const int result = to.graph().result(step);
  step.in.rank == 1 ? to.define_last(result, y, step.in) : to.define_first(result, y, step.in);
}

void write_normalize(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Normalize::Attributes>(step.attributes);
  const bool written = a.kind == kernels::NormalizeKind::standard && a.positions == 1 && a.groups == 1 &&
                       a.channels == step.in.last() && a.scale;
  to.require(written, "normalizes otherwise than over the last axis, with a scale");
  GraphWriter::Names inputs{to.last(step, 0, step.in), to.constant(to.weight(step, 0, {a.channels}))};
  if (a.center) inputs.push_back(to.constant(to.weight(step, 1, {a.channels})));
  to.define_last(to.graph().result(step),
                 to.node("LayerNormalization", inputs,
                         {integer_attribute("axis", -1), real_attribute("epsilon", a.epsilon)}),
                 step.in);
}

}  // namespace etch::host::onnx
