// SPDX-License-Identifier: BSL-1.0
// What models do between layers: TFOpLambda of Keras 2, keras.ops of Keras 3.
#include <codegen/formats/keras/operation.hpp>
#include <etch/layers/merge.hpp>
#include <runtime/host/keras/keras_config.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace etch::host::keras {
namespace {

using Run = Value (*)(const Operation& op, const Call& call);

/// scale x + offset.
Value affine(const Operation& op, const Tensor& x, double scale, double offset) {
  return only(op.layer("Rescaling", {{"scale", scale}, {"offset", offset}}, {x}));
}

struct Operands {
  Value a, b;
  bool tensors() const { return a.tensor && b.tensor; }
};
Operands operands(const Operation& op, const Call& call) {
  return {op.argument(call, 0, {"x", "x1", "a"}), op.argument(call, 1, {"y", "x2", "b"})};
}

Value add(const Operation& op, const Call& call) {
  const auto [a, b] = operands(op, call);
  if (a.tensor && b.tensor) return only(op.layer("Add", Json::object(), {*a.tensor, *b.tensor}));
  return a.tensor ? affine(op, *a.tensor, 1, op.number(b)) : affine(op, op.tensor(b), 1, op.number(a));
}

Value subtract(const Operation& op, const Call& call) {
  const auto [a, b] = operands(op, call);
  if (a.tensor && b.tensor) return only(op.layer("Subtract", Json::object(), {*a.tensor, *b.tensor}));
  return a.tensor ? affine(op, *a.tensor, 1, -op.number(b)) : affine(op, op.tensor(b), -1, op.number(a));
}

Value multiply(const Operation& op, const Call& call) {
  const auto [a, b] = operands(op, call);
  if (a.tensor && b.tensor) return only(op.layer("Multiply", Json::object(), {*a.tensor, *b.tensor}));
  return a.tensor ? affine(op, *a.tensor, op.number(b), 0) : affine(op, op.tensor(b), op.number(a), 0);
}

Value quotient(const Operation& op, const Tensor& a, const Tensor& b) {
  if (etch::detail::broadcast_shape(a.shape, b.shape).rank == 0)
    op.fail("divides by a tensor of a shape that does not fit");
  return only(etch::detail::binary_step(a, b, kernels::BinaryKind::divide, 1, 0));
}

Value divide(const Operation& op, const Call& call) {
  const auto [a, b] = operands(op, call);
  if (b.tensor)
    return a.tensor ? quotient(op, *a.tensor, *b.tensor)
                    : only(with_number(op, kernels::BinaryKind::divide_into, *b.tensor, op.number(a)));
  const double divisor = op.number(b);
  if (divisor == 0) op.fail("divides by 0");
  return affine(op, op.tensor(a), 1 / divisor, 0);
}

Value bound(const Operation& op, const Call& call, const char* layer, kernels::BinaryKind kind) {
  const auto [a, b] = operands(op, call);
  if (a.tensor && b.tensor) return only(op.layer(layer, Json::object(), {*a.tensor, *b.tensor}));
  return only(a.tensor ? with_number(op, kind, *a.tensor, op.number(b))
                       : with_number(op, kind, op.tensor(b), op.number(a)));
}
Value maximum(const Operation& op, const Call& call) {
  return bound(op, call, "Maximum", kernels::BinaryKind::maximum);
}
Value minimum(const Operation& op, const Call& call) {
  return bound(op, call, "Minimum", kernels::BinaryKind::minimum);
}

Tensor input_of(const Operation& op, const Call& call) {
  return op.tensor(op.argument(call, 0, {"x", "features", "input", "tensor", "a", "inputs"}));
}

Value negative(const Operation& op, const Call& call) { return affine(op, input_of(op, call), -1, 0); }

Value same_numbers(const Operation& op, const Call& call) { return only(input_of(op, call)); }

/// To the extents behind the batch, of which one may be -1.
Value reshape(const Operation& op, const Call& call) {
  const std::vector<int> shape = op.integers(op.argument(call, 1, {"shape", "newshape"}));
  if (shape.size() < 2) op.fail("has no extents behind the batch");
  return only(op.layer("Reshape", {{"target_shape", std::vector<int>(shape.begin() + 1, shape.end())}},
                       {input_of(op, call)}));
}

Value transpose(const Operation& op, const Call& call) {
  const std::vector<int> axes = op.integers(op.argument(call, 1, {"perm", "axes"}));
  if (axes.empty() || axes[0] != 0) op.fail("moves the batch");
  return only(
      op.layer("Permute", {{"dims", std::vector<int>(axes.begin() + 1, axes.end())}}, {input_of(op, call)}));
}

/// An axis of extent 1 more or less: the same numbers.
Value expand_dims(const Operation& op, const Call& call) {
  Tensor x = input_of(op, call);
  const int axis = op.integer(op.argument(call, 1, {"axis"}), -1), rank = x.shape.rank;
  const int at = axis < 0 ? axis + rank + 1 : axis - 1;
  if (at < 0 || at > rank || rank >= Shape::max_rank)
    op.fail("adds an axis that is not among the four of a sample");
  Shape shape;
  for (int i = 0; i <= rank; ++i) shape.append(i == at ? 1 : x.shape[i < at ? i : i - 1]);
  x.shape = shape;
  return only(x);
}

Value squeeze(const Operation& op, const Call& call) {
  Tensor x = input_of(op, call);
  const int axis = op.integer(op.argument(call, 1, {"axis"}), 0), rank = x.shape.rank;
  const int at = axis < 0 ? axis + rank : axis - 1;
  if (at < 0 || at >= rank || x.shape[at] != 1 || rank < 2)
    op.fail("takes away an axis that is not of extent 1");
  Shape shape;
  for (int i = 0; i < rank; ++i)
    if (i != at) shape.append(x.shape[i]);
  x.shape = shape;
  return only(x);
}

/// The tensors come as a list, the axis behind them or by name.
Value concatenate(const Operation& op, const Call& call) {
  Tensors tensors;
  for (const Value& value : call.positional)
    if (value.tensor) tensors.push_back(*value.tensor);
  for (const char* name : {"values", "xs"})
    if (const auto found = call.named.find(name); found != call.named.end())
      for (const Value& value : found->second) tensors.push_back(op.tensor(value));
  return only(op.layer("Concatenate", {{"axis", op.integer(op.argument(call, tensors.size(), {"axis"}), -1)}},
                       tensors));
}

/// Masks, as Keras 3 writes them.
Value not_equal(const Operation& op, const Call& call) {
  const auto [a, b] = operands(op, call);
  return {{}, {}, MaskOf{op.tensor(a), static_cast<float>(op.number(b)), false}};
}

Value any(const Operation& op, const Call& call) {
  Value value = op.argument(call, 0, {"x"});
  if (!value.mask || value.mask->any) op.fail("is called on something else than a mask");
  value.mask->any = true;
  return value;
}

Value leaky_relu(const Operation& op, const Call& call) {
  const Value slope = op.argument(call, 1, {"alpha", "negative_slope"});
  return only(op.layer("LeakyReLU", {{"negative_slope", slope.constant.is_null() ? 0.2 : op.number(slope)}},
                       {input_of(op, call)}));
}

Value softmax_of(const Operation& op, const Call& call) {
  return only(
      op.layer("Softmax", {{"axis", op.integer(op.argument(call, 1, {"axis"}), -1)}}, {input_of(op, call)}));
}

template <kernels::UnaryKind kind>
Value function(const Operation& op, const Call& call) {
  return only(function_of(kind, input_of(op, call)));
}

template <kernels::ReduceKind kind>
Value reduction(const Operation& op, const Call& call) {
  return reduced(op, call, kind);
}

using kernels::ReduceKind, kernels::UnaryKind;

/// Names of both dialects: the function of a TFOpLambda, the class of an operation of Keras 3.
struct Named {
  const char *keras2, *keras3;
  Run run;
};
constexpr Named operations[]{
    {"__operators__.add", "Add", add},
    {"math.add", "", add},
    {"math.subtract", "Subtract", subtract},
    {"math.multiply", "Multiply", multiply},
    {"math.truediv", "TrueDivide", divide},
    {"math.divide", "Divide", divide},
    {"math.negative", "Negative", negative},
    {"math.maximum", "Maximum", maximum},
    {"math.minimum", "Minimum", minimum},
    {"reshape", "Reshape", reshape},
    {"transpose", "Transpose", transpose},
    {"compat.v1.transpose", "", transpose},
    {"expand_dims", "ExpandDims", expand_dims},
    {"squeeze", "Squeeze", squeeze},
    {"concat", "Concatenate", concatenate},
    {"identity", "", same_numbers},
    {"stop_gradient", "StopGradient", same_numbers},
    {"math.not_equal", "NotEqual", not_equal},
    {"", "Any", any},
    {"__operators__.getitem", "GetItem", get_item},
    {"nn.leaky_relu", "LeakyRelu", leaky_relu},
    {"nn.softmax", "Softmax", softmax_of},
    {"math.sqrt", "Sqrt", function<UnaryKind::sqrt>},
    {"math.rsqrt", "Rsqrt", function<UnaryKind::rsqrt>},
    {"math.square", "Square", function<UnaryKind::square>},
    {"math.abs", "Absolute", function<UnaryKind::absolute>},
    {"", "Abs", function<UnaryKind::absolute>},
    {"math.log", "Log", function<UnaryKind::log>},
    {"math.reduce_mean", "Mean", reduction<ReduceKind::mean>},
    {"math.reduce_sum", "Sum", reduction<ReduceKind::sum>},
    {"math.reduce_max", "Max", reduction<ReduceKind::maximum>},
    {"math.reduce_min", "Min", reduction<ReduceKind::minimum>},
};

/// Functions without numbers of their own, and Keras's names of them.
struct NamedFunction {
  const char *keras2, *keras3, *activation;
};
constexpr NamedFunction functions[]{
    {"nn.relu", "Relu", "relu"},
    {"nn.relu6", "Relu6", "relu6"},
    {"nn.sigmoid", "Sigmoid", "sigmoid"},
    {"math.sigmoid", "", "sigmoid"},
    {"math.tanh", "Tanh", "tanh"},
    {"nn.tanh", "", "tanh"},
    {"nn.elu", "", "elu"},
    {"nn.selu", "Selu", "selu"},
    {"nn.silu", "Silu", "silu"},
    {"nn.swish", "", "silu"},
    {"math.softplus", "Softplus", "softplus"},
    {"nn.softplus", "", "softplus"},
    {"nn.softsign", "Softsign", "softsign"},
    {"math.exp", "Exp", "exponential"},
    {"", "HardSigmoid", "hard_sigmoid"},
    {"", "HardSilu", "hard_silu"},
};

template <class Row>
const Row* row_of(std::span<const Row> rows, const std::string& name, bool keras3) {
  const auto found =
      std::ranges::find_if(rows, [&](const Row& row) { return name == (keras3 ? row.keras3 : row.keras2); });
  return found == rows.end() ? nullptr : &*found;
}

Layer calling(Run run, const Operation& op) {
  return [run, op](const Call& call) -> std::vector<Value> { return {run(op, call)}; };
}

}  // namespace

Layer make_operation(const Json& json, const std::string& path, Build& build) {
  const bool keras3 = is_keras_operation(json);
  const Json config = json.value("config", Json::object());
  const Json function = config.is_object() ? config.value("function", Json()) : Json();
  const std::string name = keras3                 ? keras_class(json)
                           : function.is_string() ? function.get<std::string>()
                                                  : "";
  const Operation op(name, config, path, build);
  if (const Named* found = row_of<Named>(operations, name, keras3); found && !name.empty())
    return calling(found->run, op);
  if (const NamedFunction* found = row_of<NamedFunction>(functions, name, keras3); found && !name.empty()) {
    const std::string activation = found->activation;
    return [op, activation](const Call& call) -> std::vector<Value> {
      return {only(op.layer("Activation", {{"activation", activation}}, {input_of(op, call)}))};
    };
  }
  throw Error("layer " + in_quotes(path) + " is the operation " + in_quotes(name) +
              ", which is not read; build the model with layers alone");
}

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty()) names.push_back("ops." + name);
  };
  for (const Named& row : operations) add(row.keras3);
  for (const NamedFunction& row : functions) add(row.keras3);
  return names;
}

}  // namespace etch::host::keras
