// SPDX-License-Identifier: BSL-1.0
// Functions of one number, and softmax.
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>

#include <cmath>
#include <limits>

namespace etch::host::onnx {

namespace {

struct NamedActivation {
  const char* op;
  ActivationKind kind;
};
constexpr NamedActivation activations[]{
    {"Relu", ActivationKind::relu},           {"Sigmoid", ActivationKind::sigmoid},
    {"Tanh", ActivationKind::tanh},           {"Softplus", ActivationKind::softplus},
    {"Softsign", ActivationKind::softsign},   {"Exp", ActivationKind::exponential},
    {"HardSwish", ActivationKind::hard_silu}, {"Mish", ActivationKind::mish},
};

Live parametric(Context& c, const Live& x, const kernels::ParametricActivation& of) {
  return c.real_step(op_code<ops::ParametricActivation>, pack(of), x);
}

constexpr float unbounded = std::numeric_limits<float>::infinity();

/// A function of the three kinds of elu, over whole numbers.
bool whole_elu(Context& c, double scale, double alpha, double width) {
  return whole_function(c, [=](double x) { return scale * (x >= 0 ? x : alpha * std::expm1(x / width)); });
}

}  // namespace

Live bounded(Context& c, const Live& x, float lowest, float highest) {
  if (lowest == 0 && highest == 6) return c.activated(x, ActivationKind::relu6);
  if (lowest == 0 && highest == unbounded) return c.activated(x, ActivationKind::relu);
  if (lowest == 0 && highest >= 0)
    return parametric(c, x, {kernels::ParametricFunction::relu, 0, highest, 0});
  Live y = x;
  const auto one = [](float number) { return array_of(std::vector{static_cast<double>(number)}, {}); };
  if (lowest > -unbounded) y = combined(c, kernels::BinaryKind::maximum, y, one(lowest));
  if (highest < unbounded) y = combined(c, kernels::BinaryKind::minimum, y, one(highest));
  return y;
}

void import_activation(Context& c) {
  for (const NamedActivation& named : activations)
    if (c.node().op == named.op) {
      if (whole_function(c, [&](double x) { return activation_of(named.kind, x); })) return;
      return c.define(c.activated(c.live(0), named.kind));
    }
}

void import_gelu(Context& c) {
  const std::string how = c.text("approximate", "none");
  c.require(how == "none" || how == "tanh", "approximates in a way that is not known");
  const ActivationKind kind = how == "none" ? ActivationKind::gelu : ActivationKind::gelu_tanh;
  if (whole_function(c, [&](double x) { return activation_of(kind, x); })) return;
  c.define(c.activated(c.live(0), kind));
}

void import_elu(Context& c) {
  const double alpha = c.real("alpha", 1);
  if (whole_elu(c, 1, alpha, 1)) return;
  c.define(
      parametric(c, c.live(0), {kernels::ParametricFunction::elu, static_cast<float>(alpha), unbounded, 0}));
}

void import_celu(Context& c) {
  const auto alpha = static_cast<float>(c.real("alpha", 1));
  c.require(alpha > 0, "needs an alpha above 0");
  if (whole_elu(c, 1, static_cast<double>(alpha), static_cast<double>(alpha))) return;
  const Live x = alpha == 1 ? c.live(0) : c.affine(c.live(0), 1 / alpha, 0);
  const Live y = parametric(c, x, {kernels::ParametricFunction::elu, 1, unbounded, 0});
  c.define(alpha == 1 ? y : c.affine(y, alpha, 0));
}

void import_selu(Context& c) {
  // The numbers of the paper, which every framework writes; others are an elu that is scaled.
  const double alpha = c.real("alpha", 1.67326319217681884765625),
               gamma = c.real("gamma", 1.05070102214813232421875);
  if (whole_elu(c, gamma, alpha, 1)) return;
  if (std::fabs(alpha - 1.6732632) < 1e-6 && std::fabs(gamma - 1.0507010) < 1e-6)
    return c.define(c.activated(c.live(0), ActivationKind::selu));
  const Live y =
      parametric(c, c.live(0), {kernels::ParametricFunction::elu, static_cast<float>(alpha), unbounded, 0});
  c.define(c.affine(y, static_cast<float>(gamma), 0));
}

void import_leaky_relu(Context& c) {
  const auto alpha = static_cast<float>(c.real("alpha", 0.01f));
  if (whole_function(c, [&](double x) { return x < 0 ? static_cast<double>(alpha) * x : x; })) return;
  c.define(parametric(c, c.live(0), {kernels::ParametricFunction::relu, alpha, unbounded, 0}));
}

void import_thresholded_relu(Context& c) {
  const double alpha = c.real("alpha", 1);
  if (whole_function(c, [&](double x) { return x > alpha ? x : 0; })) return;
  c.define(
      parametric(c, c.live(0), {kernels::ParametricFunction::relu, 0, unbounded, static_cast<float>(alpha)}));
}

void import_hard_sigmoid(Context& c) {
  const double alpha = c.real("alpha", 0.2f), beta = c.real("beta", 0.5);
  if (whole_function(c, [&](double x) { return std::fmax(0.0, std::fmin(1.0, alpha * x + beta)); })) return;
  const Live x = c.affine(c.live(0), static_cast<float>(alpha), static_cast<float>(beta));
  c.define(bounded(c, x, 0, 1));
}

void import_clip(Context& c) {
  float lowest = -unbounded, highest = unbounded;
  if (c.opset() < 11) {
    lowest = static_cast<float>(c.real("min", static_cast<double>(std::numeric_limits<float>::lowest())));
    highest = static_cast<float>(c.real("max", static_cast<double>(std::numeric_limits<float>::max())));
  } else {
    if (c.has_input(1)) lowest = c.number(1, "min");
    if (c.has_input(2)) highest = c.number(2, "max");
  }
  const double low = static_cast<double>(lowest), high = static_cast<double>(highest);
  if (whole_function(c, [&](double x) { return std::fmin(std::fmax(x, low), high); })) return;
  const Live x = c.live(0);
  Live y = bounded(c, x, lowest, highest);
  c.define(y.tensor.value == x.tensor.value ? x : y);
}

void import_prelu(Context& c) {
  const Live x = c.live(0);
  Array slopes = c.constant(1, "slope");
  if (c.opset() < 7 && slopes.dims.size() == 1 && x.rank() > 1) slopes.dims.resize(x.dims.size() - 1, 1);
  PairedConstant pair = paired(c, x, slopes);
  c.require(pair.binary.a_elements == pair.binary.elements(), "is damaged: its slopes do not fit its input");
  ops::PReLU::Attributes attributes;
  for (unsigned i = 0; i < 4; ++i) attributes.stride[i] = pair.binary.b_stride[i];
  attributes.alphas = pair.binary.b_elements;
  const auto& e = pair.binary.extent;
  const Shape shape = pair.like.tensor.shape;
  pair.x.tensor.shape = {e[0], e[1], e[2], e[3]};
  Live y = pair.like;
  y.tensor = c.add_step(op_code<ops::PReLU>, pack(attributes), pair.x.tensor.shape, ElementType::real,
                        {&pair.x.tensor, 1}, {constant_of(floats(pair.constant), ElementType::real)});
  y.tensor.shape = shape;
  c.define(y);
}

void import_softmax(Context& c) {
  const Dims& dims = c.dims(0);
  const bool one_axis = c.opset() >= 13;
  const bool log = c.node().op == "LogSoftmax";
  c.require(!dims.empty(), "needs an input with axes");
  const std::int64_t axis = c.integer("axis", one_axis ? -1 : 1);
  std::vector<int> axes{c.axis_of(axis, dims.size() + (one_axis || axis < 0 ? 0 : 1))};
  if (!one_axis)  // all from there on are one, before opset 13
    for (int i = axes[0] + 1; i < static_cast<int>(dims.size()); ++i) axes.push_back(i);
  if (!log && axes.size() <= dims.size() && whole_softmax(c, axes)) return;
  const auto [x, block] = c.with_block(c.live(0), axes);
  kernels::Softmax softmax{block.outside, block.extent, block.inside};
  softmax.log = log;
  c.define(c.real_step(op_code<ops::Softmax>, pack(softmax), x));
}

}  // namespace etch::host::onnx
