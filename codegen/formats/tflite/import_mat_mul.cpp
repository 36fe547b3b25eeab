// SPDX-License-Identifier: BSL-1.0
// BATCH_MATMUL: products of matrices, one after the other.
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/mat_mul.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// The extents before the last two, as many as another list has: what is missing is 1.
std::vector<int> batches(const FileTensor& t, std::size_t rank) {
  std::vector<int> extents(rank - t.shape.size(), 1);
  extents.insert(extents.end(), t.shape.begin(), t.shape.end() - 2);
  return extents;
}

bool all_one(const std::vector<int>& extents) {
  return std::ranges::all_of(extents, [](int e) { return e == 1; });
}

/// How the operands lie, against the shape of the result. Matrices of one operand may meet a single one.
kernels::Int8MatMul product_of(const Context& c) {
  const FileTensor &a = c.input(0), &b = c.input(1);
  c.require(a.shape.size() >= 2 && b.shape.size() >= 2, "needs tensors of at least 2 extents");
  const std::size_t rank = std::max(a.shape.size(), b.shape.size());
  const std::vector<int> of_a = batches(a, rank), of_b = batches(b, rank);
  const auto extent = [](const FileTensor& t, bool last) { return t.shape[t.shape.size() - (last ? 1 : 2)]; };
  kernels::Int8MatMul m;
  m.transpose_a = c.options().transpose_a;
  m.transpose_b = c.options().transpose_b;
  m.m = extent(a, m.transpose_a);
  m.n = extent(b, !m.transpose_b);
  m.k = extent(a, !m.transpose_a);
  c.require(extent(b, m.transpose_b) == m.k, "is damaged: its matrices do not fit each other");
  m.one_a = of_a != of_b && all_one(of_a);
  m.one_b = of_a != of_b && all_one(of_b);
  c.require(of_a == of_b || m.one_a || m.one_b,
            "broadcasts its matrices along some axes only, which is not supported");
  std::vector<int> computed = m.one_a ? of_b : of_a;
  for (const int batch : computed) m.groups *= batch;
  computed.insert(computed.end(), {m.m, m.n});
  c.require_extents(c.output(), computed);
  return m;
}

void import_real(Context& c, const kernels::Int8MatMul& p) {
  c.require(!p.one_a && !p.one_b, "broadcasts its matrices, which is supported in int8 and int16 only");
  const kernels::MatMul m{p.groups, p.m, p.n, p.k, p.transpose_a, p.transpose_b, 1};
  const Shape out{m.groups, m.m, m.n};
  if (c.input(1).constant()) {
    const Tensor x = c.value(0, m.transpose_a ? Shape{m.groups, m.k, m.m} : Shape{m.groups, m.m, m.k});
    return c.define(c.add_step(op_code<ops::MatMul>, pack(m), out, ElementType::real, {&x, 1},
                               {constant_of(c.floats(c.input(1)), ElementType::real)}));
  }
  const Tensor inputs[]{c.value(0), c.value(1)};
  c.define(c.add_step(op_code<ops::MatMul>, pack(m), out, ElementType::real, inputs));
}

}  // namespace

void import_batch_matmul(Context& c) {
  const ElementType type = c.common_type(2);
  const kernels::Int8MatMul m = product_of(c);
  if (type == ElementType::real) return import_real(c, m);
  const FileTensor &a = c.input(0), &b = c.input(1);
  const int8::BinaryQuantizations q{c.quantization(a), c.quantization(b), c.quantization(c.output())};
  std::vector<Tensor> inputs{c.value(0)};
  std::optional<ConstantArray> constant;
  if (b.constant())
    constant = c.whole_constant(b);
  else
    inputs.push_back(c.value(1));
  c.define(c.add_step(int8::mat_mul(m, type, q, std::move(constant)), {m.groups, m.m, m.n}, inputs));
}

}  // namespace etch::host::tflite
