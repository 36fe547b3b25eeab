// SPDX-License-Identifier: BSL-1.0
// Gemm and MatMul.
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/product.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

namespace {

Live last_two_exchanged(const Context& c, const Live& x) {
  std::vector<int> order(x.dims.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return c.transposed(x, order);
}

}  // namespace

Rows rows_for(Context& c, const Live& from) {
  const int last = from.rank() - 1;
  const int axes[]{last};
  Live x = from;
  const auto block = x.layout.block_of(axes);
  if (!block || block->inside != 1) {
    std::vector<int> order;
    for (const int axis : x.layout.axes_in_memory())
      if (axis != last) order.push_back(axis);
    order.push_back(last);
    x = c.ordered(x, order);
  }
  Rows rows{x, {}, {}};
  // The places of a row's numbers in the file's order, as they lie.
  int first = 0;
  for (const Atom& atom : x.layout.atoms()) first += atom.axis != last;
  for (const int atom : x.layout.order())
    if (x.layout.atoms()[at(atom)].axis == last) rows.order.push_back(atom - first);
  for (const Atom& atom : x.layout.atoms())
    if (atom.axis == last) rows.extents.push_back(atom.extent);
  return rows;
}

Array Rows::put(const Array& weights) const {
  Array cut = weights;
  cut.dims = extents;
  cut.dims.push_back(weights.dims[1]);
  std::vector<int> axes = order;
  axes.push_back(static_cast<int>(order.size()));
  Array turned = transposed(cut, axes);
  turned.dims = weights.dims;
  return turned;
}

Live Rows::result(std::int64_t units) const {
  Live y = x;
  const int last = x.rank() - 1;
  y.stands_for.reset();
  y.dims.back() = units;
  y.layout = y.layout.with_extent(last, 1);
  if (units > 1) y.layout = y.layout.with_innermost(last, static_cast<int>(units));
  return y;
}

namespace {

/// The result of a layer on the last axis, [.., units].
Live dense(Context& c, const Live& from, const Array& weights,
           const std::optional<std::vector<float>>& bias) {
  const Rows rows = rows_for(c, from);
  const int in = static_cast<int>(weights.dims[0]), units = static_cast<int>(weights.dims[1]);
  Live y = rows.result(units);
  std::vector<ConstantArray> constants{
      constant_of(floats(rows.put(weights)), ElementType::real, {in, units})};
  if (bias) constants.push_back(constant_of(*bias, ElementType::real));
  const ops::Dense::Attributes attributes{units, bias.has_value(), linear, linear};
  Tensor x = rows.x.tensor;
  const int positions = x.shape.size() / in;
  x.shape = positions == 1 ? Shape{in} : Shape{positions, in};
  y.tensor = c.add_step(op_code<ops::Dense>, pack(attributes),
                        positions == 1 ? Shape{units} : Shape{positions, units}, ElementType::real, {&x, 1},
                        constants);
  return c.reshaped(y, y.dims);
}

/// Values on both sides: [.., m, k] and [.., k, n].
Live product(Context& c, Live a, Live b) {
  const Dims lead_a(a.dims.begin(), a.dims.end() - 2), lead_b(b.dims.begin(), b.dims.end() - 2);
  const auto lead = broadcast_dims(lead_a, lead_b);
  if (!lead || a.dims.back() != b.dims[b.dims.size() - 2])
    c.refuse("is damaged: its inputs of " + text_of(a.dims) + " and " + text_of(b.dims) +
             " do not fit each other");
  const auto full = [&](const Live& x) {
    Dims dims = *lead;
    dims.insert(dims.end(), x.dims.end() - 2, x.dims.end());
    return broadcast_to(c, x, dims);
  };
  a = full(a);
  b = full(b);
  kernels::MatMul product;
  product.groups = static_cast<int>(elements_of(*lead));
  product.m = static_cast<int>(a.dims[a.dims.size() - 2]);
  product.k = static_cast<int>(a.dims.back());
  product.n = static_cast<int>(b.dims.back());
  const auto laid = [&](Live& x) -> int {  // as it is, or with its matrices on their side
    const Live other = last_two_exchanged(c, x);
    const bool side = !x.layout.is_natural() && other.layout.is_natural();
    x = side ? other : c.natural(x);
    return side;
  };
  product.transpose_a = laid(a);
  product.transpose_b = laid(b);
  Live y = a;
  y.dims = *lead;
  y.dims.insert(y.dims.end(), {product.m, product.n});
  y.layout = Layout(y.dims);
  const Tensor inputs[]{a.tensor, b.tensor};
  y.tensor = c.add_step(op_code<ops::MatMul>, pack(product), {product.groups, product.m, product.n},
                        ElementType::real, inputs);
  return c.reshaped(y, y.dims);
}

Array matrix(const Array& array) {
  Array m = array;
  m.dims.erase(m.dims.begin(), m.dims.end() - 2);
  return m;
}

/// Numbers that are added to every row: `units` of them, or one for all.
std::optional<std::vector<float>> row_of(const Array& bias, std::int64_t units) {
  for (std::size_t i = 0; i + 1 < bias.dims.size(); ++i)
    if (bias.dims[i] != 1) return {};
  std::vector<float> numbers = floats(bias);
  if (numbers.size() == 1) numbers.resize(static_cast<std::size_t>(units), numbers[0]);
  if (static_cast<std::int64_t>(numbers.size()) != units) return {};
  return numbers;
}

}  // namespace

void import_gemm(Context& c) {
  if (whole_gemm(c)) return;
  const auto alpha = static_cast<float>(c.real("alpha", 1)), beta = static_cast<float>(c.real("beta", 1));
  c.require(c.dims(0).size() == 2 && c.dims(1).size() == 2, "needs matrices");
  Live a = c.live(0);
  if (c.integer("transA", 0)) a = last_two_exchanged(c, a);
  const bool transposes = c.integer("transB", 0) != 0;
  std::optional<Live> y;
  std::optional<std::vector<float>> bias;
  if (c.is_constant(1)) {
    Array weights = c.constant(1, "B");
    if (transposes) weights = transposed(weights, {1, 0});
    c.require(weights.dims[0] == a.dims[1] && weights.elements() > 0,
              "is damaged: its weights do not fit its input");
    std::vector<double> scaled = reals(weights);
    if (alpha != 1)
      for (double& w : scaled) w *= static_cast<double>(alpha);
    if (c.has_input(2) && c.is_constant(2)) bias = row_of(c.constant(2, "C"), weights.dims[1]);
    if (bias)
      for (float& b : *bias) b *= beta;
    y = dense(c, a, array_of(scaled, weights.dims), bias);
  } else {
    const Live b = c.live(1);
    y = product(c, a, transposes ? last_two_exchanged(c, b) : b);
    if (alpha != 1) y = c.affine(*y, alpha, 0);
  }
  if (!c.has_input(2) || bias) return c.define(*y);
  if (c.is_constant(2)) {
    std::vector<double> numbers = reals(c.constant(2, "C"));
    for (double& n : numbers) n *= static_cast<double>(beta);
    return c.define(combined(c, kernels::BinaryKind::add, *y, array_of(numbers, c.constant(2, "C").dims)));
  }
  const Live more = beta == 1 ? c.live(2) : c.affine(c.live(2), beta, 0);
  c.define(combined(c, kernels::BinaryKind::add, *y, more));
}

void import_mat_mul(Context& c) {
  if (whole_mat_mul(c)) return;
  Dims a_dims = c.dims(0), b_dims = c.dims(1);
  c.require(!a_dims.empty() && !b_dims.empty(), "needs inputs with axes");
  const bool row = a_dims.size() == 1, column = b_dims.size() == 1;
  const auto squeezed = [&](Live y) {
    if (column) y = c.reshaped(y, Dims(y.dims.begin(), y.dims.end() - 1));
    if (row) {
      Dims dims = y.dims;
      dims.erase(dims.end() - (column ? 1 : 2));
      y = c.reshaped(y, dims);
    }
    return y;
  };
  if (row) a_dims.insert(a_dims.begin(), 1);
  if (column) b_dims.push_back(1);
  const auto value = [&](int i, const Dims& dims) { return c.reshaped(c.live(i), dims); };
  for (const int i : {0, 1}) {
    if (!c.is_constant(i)) continue;
    Array weights = c.constant(i, "matrix");
    weights.dims = i == 1 ? b_dims : a_dims;
    const std::int64_t batch = elements_of(Dims(weights.dims.begin(), weights.dims.end() - 2));
    c.require(batch == 1, "multiplies by several constant matrices, which is not supported");
    weights = matrix(weights);
    const Live x = value(1 - i, i == 1 ? a_dims : b_dims);
    c.require((i == 1 ? x.dims.back() == weights.dims[0] : x.dims[x.dims.size() - 2] == weights.dims[1]) &&
                  weights.elements() > 0,
              "is damaged: its weights do not fit its input");
    if (i == 1) {
      return c.define(squeezed(dense(c, x, weights, {})));
    }
    // The other way round: (A x)' = x' A'.
    const Live turned = dense(c, last_two_exchanged(c, x), transposed(weights, {1, 0}), {});
    return c.define(squeezed(last_two_exchanged(c, turned)));
  }
  c.define(squeezed(product(c, value(0, a_dims), value(1, b_dims))));
}

}  // namespace etch::host::onnx
