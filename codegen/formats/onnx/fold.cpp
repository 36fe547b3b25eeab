// SPDX-License-Identifier: BSL-1.0
// Nodes of constants: what shapes and weights are computed by.
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <type_traits>

namespace etch::host::onnx {

namespace {

constexpr std::int64_t most_numbers = 1 << 24;  // that are made of few

void fold_constant(Context& c) {
  for (const FileAttribute& a : c.node().attributes) {
    if (a.name == "value" && a.kind == FileAttribute::Kind::array) return c.define(a.array);
    if (a.name == "value_float") return c.define(array_of(std::vector{a.real}, {}));
    if (a.name == "value_int") return c.define(array_of(std::vector{a.integer}, {}));
    if (a.name == "value_floats")
      return c.define(array_of(a.reals, {static_cast<std::int64_t>(a.reals.size())}));
    if (a.name == "value_ints")
      return c.define(array_of(a.integers, {static_cast<std::int64_t>(a.integers.size())}));
  }
  c.refuse("has a value that is not supported: save it as a dense tensor of numbers");
}

void fold_constant_of_shape(Context& c) {
  const Dims dims = c.whole_numbers(0, "shape");
  const std::int64_t count = elements_of(dims);
  c.require(count >= 0 && count <= most_numbers, "has a shape that no array has");
  Array one = array_of(std::vector<double>{0}, {1});
  if (const FileAttribute* const value = c.node().attribute("value")) one = value->array;
  c.require(one.elements() == 1, "is damaged: its value is not one number");
  c.define(taken(one, dims, [](std::int64_t) { return 0; }));
}

void fold_range(Context& c) {
  const Array& first = c.constant(0, "start");
  const double start = static_cast<double>(c.number(0, "start")),
               limit = static_cast<double>(c.number(1, "limit")),
               delta = static_cast<double>(c.number(2, "delta"));
  const double count = std::ceil((limit - start) / delta);
  c.require(delta != 0 && std::isfinite(count) && count <= most_numbers, "has too many numbers");
  std::vector<double> numbers;
  for (double i = 0; i < count; ++i) numbers.push_back(start + i * delta);
  const auto size = static_cast<std::int64_t>(numbers.size());
  c.define(array_of(numbers, {size}, first.type));
}

void fold_cast(Context& c) {
  const auto type = static_cast<DataType>(c.integer("to", 0));
  c.require(bytes_of(type) > 0, "gives a type that is not supported");
  const Array& from = c.constant(0, "input");
  if (type == DataType::boolean) {
    std::vector<std::int64_t> truths;
    for (const double x : reals(from)) truths.push_back(x != 0);
    return c.define(array_of(truths, from.dims, type));
  }
  if (is_real(from.type) || is_real(type)) return c.define(array_of(reals(from), from.dims, type));
  c.define(array_of(integers(from), from.dims, type));
}

void fold_transpose(Context& c) {
  const Known& x = c.known(0);
  const std::vector<int> order = transposition(c, c.dims(0).size());
  if (!x.stored) return c.define(transposed(x.array(), order));
  Stored turned = *x.stored;  // still quantized
  turned.array = transposed(x.stored->array, order);
  turned.axis = static_cast<int>(std::ranges::find(order, x.stored->axis) - order.begin());
  Known y;
  y.stored = std::make_shared<const Stored>(std::move(turned));
  c.define_known(std::move(y));
}

void fold_reshape(Context& c) {
  Array to = c.constant(0, "data");
  to.dims = reshaped_dims(c, to.dims);
  c.require(to.elements() == c.constant(0, "data").elements(),
            "is damaged: its result has another number of elements");
  c.define(std::move(to));
}

void fold_concat(Context& c) {
  const Array& first = c.constant(0, "input");
  const auto axis = static_cast<std::size_t>(c.axis_of(c.integer("axis", 1), first.dims.size()));
  Array to{first.type, first.dims, {}};
  to.dims[axis] = 0;
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(first.dims[i]);
  for (int k = 0; k < c.inputs(); ++k) {
    const Array& part = c.constant(k, "input");
    Dims like = part.dims;
    c.require(like.size() == first.dims.size() && part.type == first.type,
              "is damaged: the shapes of its inputs do not fit");
    to.dims[axis] += like[axis];
    like[axis] = first.dims[axis];
    c.require(like == first.dims, "is damaged: the shapes of its inputs do not fit");
  }
  c.require(to.elements() >= 0 && to.elements() <= most_numbers, "has too many numbers");
  for (std::size_t o = 0; o < outer; ++o)
    for (int k = 0; k < c.inputs(); ++k) {
      const Array& part = c.constant(k, "input");
      const std::size_t run = part.bytes.size() / outer;
      const auto from = part.bytes.begin() + static_cast<std::ptrdiff_t>(o * run);
      to.bytes.insert(to.bytes.end(), from, from + static_cast<std::ptrdiff_t>(run));
    }
  c.define(std::move(to));
}

void fold_slice(Context& c) {
  const Array& x = c.constant(0, "data");
  const std::vector<Places> places = slice_places(c, x.dims);
  Dims dims;
  for (const Places& p : places) dims.push_back(p.count);
  c.define(taken(x, dims, [&](std::int64_t i) {
    std::int64_t from = 0, stride = 1;
    for (std::size_t axis = dims.size(); axis-- > 0; stride *= x.dims[axis]) {
      from += (places[axis].begin + i % dims[axis] * places[axis].step) * stride;
      i /= dims[axis];
    }
    return from;
  }));
}

void fold_gather(Context& c) {
  const Array &x = c.constant(0, "data"), &at = c.constant(1, "indices");
  const auto axis = static_cast<std::size_t>(c.axis_of(c.integer("axis", 0), x.dims.size()));
  std::vector<std::int64_t> places = integers(at);
  for (std::int64_t& p : places) {
    if (p < 0) p += x.dims[axis];
    c.require(p >= 0 && p < x.dims[axis], "is damaged: it takes numbers that its input does not have");
  }
  Dims dims(x.dims.begin(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), at.dims.begin(), at.dims.end());
  dims.insert(dims.end(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.dims.end());
  c.require(elements_of(dims) >= 0 && elements_of(dims) <= most_numbers, "has too many numbers");
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < x.dims.size(); ++i) inner *= x.dims[i];
  const auto count = static_cast<std::int64_t>(places.size());
  c.define(taken(x, dims, [&](std::int64_t i) {
    const std::int64_t in = i % inner, p = i / inner % count, out = i / inner / count;
    return (out * x.dims[axis] + places[static_cast<std::size_t>(p)]) * inner + in;
  }));
}

void fold_expand(Context& c) {
  const Array& x = c.constant(0, "data");
  const auto dims = broadcast_dims(x.dims, c.whole_numbers(1, "shape"));
  if (!dims || elements_of(*dims) > most_numbers) c.refuse("is damaged: its shape does not fit its input");
  c.define(broadcast_array(x, *dims));
}

void fold_where(Context& c) {
  const Array &which = c.constant(0, "condition"), &a = c.constant(1, "X"), &b = c.constant(2, "Y");
  const auto ab = broadcast_dims(a.dims, b.dims);
  const auto dims = ab ? broadcast_dims(*ab, which.dims) : std::nullopt;
  if (!dims || a.type != b.type) c.refuse("is damaged: its inputs do not fit each other");
  const auto truths = integers(broadcast_array(which, *dims));
  const Array from_a = broadcast_array(a, *dims), from_b = broadcast_array(b, *dims);
  Array to = from_b;
  const auto size = static_cast<std::size_t>(bytes_of(a.type));
  for (std::size_t i = 0; i < truths.size(); ++i)
    if (truths[i]) std::memcpy(&to.bytes[i * size], &from_a.bytes[i * size], size);
  c.define(std::move(to));
}

/// Whole numbers wrap where they overflow, and are divided towards zero.
template <class T>
std::optional<T> combined(const std::string& op, T a, T b) {
  using Wrapping =
      typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
  const auto wide_a = static_cast<Wrapping>(a), wide_b = static_cast<Wrapping>(b);
  if (op == "Add") return static_cast<T>(wide_a + wide_b);
  if (op == "Sub") return static_cast<T>(wide_a - wide_b);
  if (op == "Mul") return static_cast<T>(wide_a * wide_b);
  if (op == "Div") {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0 || (b == -1 && a == std::numeric_limits<T>::min())) return {};
    }
    return a / b;
  }
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  if (op == "Equal") return a == b;
  if (op == "Greater") return a > b;
  if (op == "Less") return a < b;
  if (op == "GreaterOrEqual") return a >= b;
  if (op == "LessOrEqual") return a <= b;
  if (op == "And") return a != 0 && b != 0;
  if (op == "Or") return a != 0 || b != 0;
  if constexpr (std::is_integral_v<T>) {
    if (op == "Mod" && b != 0 && b != -1) return a % b != 0 && (a % b < 0) != (b < 0) ? a % b + b : a % b;
  } else if (op == "Pow") {
    return std::pow(a, b);
  }
  return {};
}

template <class T>
Array combined(Context& c, const std::vector<T>& a, const std::vector<T>& b, const Dims& dims,
               DataType type) {
  std::vector<T> y(a.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto number = combined<T>(c.node().op, a[i], b[i]);
    if (!number) c.refuse("computes a constant that is no number");
    y[i] = *number;
  }
  return array_of(y, dims, type);
}

bool is_truth(const std::string& op) {
  for (const char* name : {"Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or"})
    if (op == name) return true;
  return false;
}

void fold_binary(Context& c) {
  c.require(c.inputs() == 2, "is supported for two constants only");
  const Array &a = c.constant(0, "A"), &b = c.constant(1, "B");
  const auto dims = broadcast_dims(a.dims, b.dims);
  if (!dims || elements_of(*dims) > most_numbers) c.refuse("is damaged: its inputs do not fit each other");
  const DataType type = is_truth(c.node().op) ? DataType::boolean : a.type;
  const Array from_a = broadcast_array(a, *dims), from_b = broadcast_array(b, *dims);
  if (is_real(a.type)) return c.define(combined(c, reals(from_a), reals(from_b), *dims, type));
  c.define(combined(c, integers(from_a), integers(from_b), *dims, type));
}

void fold_unary(Context& c) {
  const Array& x = c.constant(0, "X");
  const std::string& op = c.node().op;
  std::vector<double> y = reals(x);
  for (double& v : y)
    v = op == "Neg"          ? -v
        : op == "Abs"        ? std::fabs(v)
        : op == "Floor"      ? std::floor(v)
        : op == "Ceil"       ? std::ceil(v)
        : op == "Sqrt"       ? std::sqrt(v)
        : op == "Reciprocal" ? 1 / v
        : op == "Exp"        ? std::exp(v)
        : op == "Log"        ? std::log(v)
        : op == "Not"        ? double(v == 0)
                             : v;
  c.define(array_of(y, x.dims, x.type));
}

void fold_reduction(Context& c) {
  const Array& x = c.constant(0, "data");
  const auto axes = c.list_or_input("axes", 1, c.node().op == "ReduceSum" ? 13 : 18);
  c.require(!axes || x.dims.size() == 1, "of a constant is supported over all of it only");
  const std::vector<double> numbers = reals(x);
  c.require(!numbers.empty(), "is over no numbers");
  double y = c.node().op == "ReduceProd" ? 1 : 0;
  for (const double v : numbers) y = c.node().op == "ReduceProd" ? y * v : y + v;
  if (c.node().op == "ReduceMax") y = std::ranges::max(numbers);
  if (c.node().op == "ReduceMin") y = std::ranges::min(numbers);
  const Dims dims(c.integer("keepdims", 1) ? x.dims.size() : 0, 1);
  c.define(array_of(std::vector{y}, dims, x.type));
}

void fold_split(Context& c) {
  const Array& x = c.constant(0, "data");
  const auto axis = static_cast<std::size_t>(c.axis_of(c.integer("axis", 0), x.dims.size()));
  std::int64_t begin = 0, inner = 1;
  for (std::size_t i = axis + 1; i < x.dims.size(); ++i) inner *= x.dims[i];
  int k = 0;
  for (const std::int64_t extent : split_extents(c, x.dims[axis])) {
    Dims dims = x.dims;
    dims[axis] = extent;
    c.define(taken(x, dims,
                   [&](std::int64_t i) {
                     return (i / (extent * inner) * x.dims[axis] + begin) * inner + i % (extent * inner);
                   }),
             k++);
    begin += extent;
  }
}

struct Fold {
  const char* op;
  void (*compute)(Context&);
};
constexpr Fold folds[]{
    {"Constant", fold_constant},
    {"ConstantOfShape", fold_constant_of_shape},
    {"Range", fold_range},
    {"Cast", fold_cast},
    {"Transpose", fold_transpose},
    {"Reshape", fold_reshape},
    {"Squeeze", fold_reshape},
    {"Unsqueeze", fold_reshape},
    {"Flatten", fold_reshape},
    {"Identity", fold_reshape},
    {"Dropout", fold_reshape},
    {"Concat", fold_concat},
    {"Slice", fold_slice},
    {"Gather", fold_gather},
    {"Expand", fold_expand},
    {"Where", fold_where},
    {"Split", fold_split},
    {"Add", fold_binary},
    {"Sub", fold_binary},
    {"Mul", fold_binary},
    {"Div", fold_binary},
    {"Min", fold_binary},
    {"Max", fold_binary},
    {"Mod", fold_binary},
    {"Pow", fold_binary},
    {"Equal", fold_binary},
    {"Greater", fold_binary},
    {"Less", fold_binary},
    {"GreaterOrEqual", fold_binary},
    {"LessOrEqual", fold_binary},
    {"And", fold_binary},
    {"Or", fold_binary},
    {"Neg", fold_unary},
    {"Abs", fold_unary},
    {"Floor", fold_unary},
    {"Ceil", fold_unary},
    {"Sqrt", fold_unary},
    {"Reciprocal", fold_unary},
    {"Exp", fold_unary},
    {"Log", fold_unary},
    {"Not", fold_unary},
    {"ReduceProd", fold_reduction},
    {"ReduceSum", fold_reduction},
    {"ReduceMax", fold_reduction},
    {"ReduceMin", fold_reduction},
    {"QuantizeLinear", fold_quantize},
    {"DequantizeLinear", fold_dequantize},
};

const Fold* fold_of(const FileNode& node) {
  if (!node.domain.empty()) return nullptr;
  for (const Fold& fold : folds)
    if (node.op == fold.op) return &fold;
  return nullptr;
}

}  // namespace

std::vector<std::string> folded_operators() {
  std::vector<std::string> names;
  for (const Fold& fold : folds) names.emplace_back(fold.op);
  return names;
}

bool is_folded(const FileNode& node) { return fold_of(node) != nullptr; }

bool folded(Context& c) {
  const Fold* const fold = fold_of(c.node());
  if (fold) fold->compute(c);
  return fold != nullptr;
}

}  // namespace etch::host::onnx
