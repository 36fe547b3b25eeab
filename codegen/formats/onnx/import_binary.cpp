// SPDX-License-Identifier: BSL-1.0
// Functions of two and more tensors.
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>

namespace etch::host::onnx {

namespace {

using enum kernels::BinaryKind;

struct NamedKind {
  const char* op;
  kernels::BinaryKind kind, behind;  ///< with the operands exchanged
};
constexpr NamedKind kinds[]{
    {"Add", add, add},
    {"Sum", add, add},
    {"Mean", add, add},
    {"Sub", subtract, subtract_from},
    {"Mul", multiply, multiply},
    {"Div", divide, divide_into},
    {"Pow", power, power_of},
    {"Max", maximum, maximum},
    {"Min", minimum, minimum},
    {"Or", maximum, maximum},
    {"And", minimum, minimum},
    {"Xor", not_equal, not_equal},
    {"Equal", equal, equal},
    {"Less", less, greater},
    {"LessOrEqual", less_equal, greater_equal},
    {"Greater", greater, less},
    {"GreaterOrEqual", greater_equal, less_equal},
};

const NamedKind& kind_of(const Context& c) {
  for (const NamedKind& named : kinds)
    if (c.node().op == named.op) return named;
  c.refuse("is not supported");
}

bool is_truth(kernels::BinaryKind kind) { return kind >= equal; }

/// Before opset 7 the second operand says along which axis of the first it begins.
Dims aligned_dims(const Context& c, const Dims& b) {
  if (c.opset() >= 7 || c.integer("broadcast", 0) == 0 || !c.has("axis")) return b;
  const auto rank = c.dims(0).size();
  const auto axis = static_cast<std::size_t>(c.axis_of(c.integer("axis", 0), rank));
  c.require(axis + b.size() <= rank, "is damaged: its second input does not fit its first");
  Dims to = b;
  to.resize(rank - axis, 1);
  return to;
}

Array aligned(const Context& c, const Array& b) {
  Array to = b;
  to.dims = aligned_dims(c, b.dims);
  return to;
}

}  // namespace

void import_binary(Context& c) {
  const NamedKind& named = kind_of(c);
  c.require(c.inputs() == 2, "is damaged: it has not two inputs");
  if (whole_binary(c, named.kind)) return;
  const bool behind = c.is_constant(0);
  const DataType type = behind ? c.constant(0, "A").type : c.stored(0).type;
  c.require(named.kind != divide || is_real(type), "divides whole numbers, which is not supported");
  c.require(named.kind != power || is_real(type), "raises whole numbers, which is not supported");
  Live y = behind ? combined(c, named.behind, c.live(1), c.constant(0, "A"))
           : c.is_constant(1)
               ? combined(c, named.kind, c.live(0), aligned(c, c.constant(1, "B")))
               : combined(c, named.kind, c.live(0), c.reshaped(c.live(1), aligned_dims(c, c.dims(1))));
  y.type = is_truth(named.kind) ? DataType::boolean : type;
  c.define(y);
}

/// Takes the second where the first is 0, else the third.
void import_where(Context& c) {
  c.require(!c.is_constant(0), "chooses by a constant among values, which is not supported");
  const int first = c.is_constant(1) ? 2 : 1, second = 3 - first;
  c.require(!c.is_constant(first), "chooses among constants, which is not supported");
  const auto ab = broadcast_dims(c.dims(1), c.dims(2));
  const auto dims = ab ? broadcast_dims(*ab, c.dims(0)) : std::nullopt;
  if (!dims) c.refuse("is damaged: its inputs do not fit each other");
  const auto repeated = [&](const Live& x) { return c.natural(broadcast_to(c, x, *dims)); };
  const Live condition = repeated(c.live(0)), a = repeated(c.live(first));
  kernels::Select select{a.elements(), a.elements(), first == 2};
  std::vector<Tensor> inputs{condition.tensor, a.tensor};
  std::vector<ConstantArray> constants;
  if (c.is_constant(second)) {
    constants.push_back(
        constant_of(floats(broadcast_array(c.constant(second, "choice"), *dims)), ElementType::real));
  } else {
    inputs.push_back(repeated(c.live(second)).tensor);
  }
  for (Tensor& input : inputs) input.shape = a.tensor.shape;
  Live y = c.add(op_code<ops::Select>, pack(select), a, ElementType::real, inputs, constants);
  c.define(y);
}

/// Of any number of tensors: Sum, Mean, Max and Min.
void import_variadic(Context& c) {
  const kernels::BinaryKind kind = kind_of(c).kind;
  const int count = c.inputs();
  if (c.node().op == "Sum" && count == 2 && whole_binary(c, kind)) return;
  std::optional<Live> sum;
  for (int k = 0; k < count; ++k)
    if (!c.is_constant(k)) sum = sum ? combined(c, kind, *sum, c.live(k)) : c.live(k);
  if (!sum) c.refuse("is of constants only");
  for (int k = 0; k < count; ++k)
    if (c.is_constant(k)) sum = combined(c, kind, *sum, c.constant(k, "input"));
  if (c.node().op == "Mean" && count > 1)
    sum = combined(c, divide, *sum, array_of(std::vector{static_cast<double>(count)}, {}));
  c.define(*sum);
}

void import_expand(Context& c) {
  const Dims shape = c.whole_numbers(1, "shape");
  c.define(broadcast_to(c, c.stored(0), shape));
}

/// Each axis again and again: a new axis before it, that is repeated and then joined with it.
void import_tile(Context& c) {
  const Live x = c.stored(0);
  const std::vector<std::int64_t> times = c.whole_numbers(1, "repeats");
  c.require(times.size() == x.dims.size(), "is damaged: its repeats do not fit its input");
  Dims apart, repeated, joined;
  for (std::size_t i = 0; i < times.size(); ++i) {
    c.require(times[i] >= 1 && times[i] <= most_elements, "has an empty result, which is not supported");
    apart.insert(apart.end(), {1, x.dims[i]});
    repeated.insert(repeated.end(), {times[i], x.dims[i]});
    joined.push_back(times[i] * x.dims[i]);
  }
  c.require(elements_of(joined) > 0, "has a result that no array has room for");
  c.define(c.reshaped(broadcast_to(c, c.reshaped(x, apart), repeated), joined));
}

}  // namespace etch::host::onnx
