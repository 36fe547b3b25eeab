// SPDX-License-Identifier: BSL-1.0
// Operations on two tensors.
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/binary.hpp>
#include <codegen/int8/functions.hpp>
#include <etch/layers/merge.hpp>

#include <cstring>

namespace etch::host::tflite {

namespace {

using kernels::BinaryKind;

BinaryKind binary_kind(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::add:
      return BinaryKind::add;
    case OperatorKind::sub:
      return BinaryKind::subtract;
    case OperatorKind::div:
      return BinaryKind::divide;
    case OperatorKind::squared_difference:
      return BinaryKind::squared_difference;
    case OperatorKind::maximum:
      return BinaryKind::maximum;
    case OperatorKind::minimum:
      return BinaryKind::minimum;
    case OperatorKind::pow:
      return BinaryKind::power;
    default:
      return BinaryKind::multiply;
  }
}

/// The same where the first operand is the constant, and takes the place of the second.
BinaryKind from_constant(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::subtract:
      return BinaryKind::subtract_from;
    case BinaryKind::divide:
      return BinaryKind::divide_into;
    case BinaryKind::power:
      return BinaryKind::power_of;
    default:
      return kind;
  }
}

bool picks(BinaryKind kind) { return kind == BinaryKind::maximum || kind == BinaryKind::minimum; }

/// Two inputs, of which the second may be a constant, as they are broadcast.
struct Pair {
  int a = 0, b = 1;
  kernels::Binary binary;
  Shape out;
  std::vector<Tensor> inputs;
  std::vector<ConstantArray> constant;
};

Pair paired(Context& c, ElementType type) {
  Pair p;
  BinaryKind kind = binary_kind(c.op().kind);
  if (c.input(p.a).constant()) {
    kind = from_constant(kind);
    std::swap(p.a, p.b);
  }
  const FileTensor &left = c.input(p.a), &right = c.input(p.b);
  p.out = etch::detail::broadcast_shape(c.sample_shape(left), c.sample_shape(right));
  c.require(p.out.rank > 0, "is damaged: the shapes of its inputs do not fit");
  c.require_extents(c.output(), {p.out.dim.begin(), p.out.dim.begin() + p.out.rank});
  p.binary = kernels::broadcast(kind, 1, etch::detail::four_extents(p.out), c.four_extents(left),
                                c.four_extents(right));
  p.inputs.push_back(c.value(p.a));
  if (!right.constant())
    p.inputs.push_back(c.value(p.b));
  else if (type == ElementType::real)
    p.constant.push_back(constant_of(c.floats(right), ElementType::real));
  else
    p.constant.push_back(c.whole_constant(right));
  return p;
}

void import_real(Context& c) {
  const Pair p = paired(c, ElementType::real);
  const bool plain = p.binary.kind == BinaryKind::add && p.constant.empty() &&
                     c.sample_shape(c.input(p.a)) == c.sample_shape(c.input(p.b));
  const Tensor y =
      plain
          ? c.add_step(op_code<ops::Add>, pack(ops::Add::Attributes{}), p.out, ElementType::real, p.inputs)
          : c.add_step(op_code<ops::Binary>, pack(p.binary), p.out, ElementType::real, p.inputs, p.constant);
  c.define(c.apply_fused(y));
}

/// The larger or smaller of stored numbers, which have one quantization.
void import_picked(Context& c, ElementType type) {
  for (const int i : {0, 1}) c.require_same_quantization(c.input(i), c.output());
  const Pair p = paired(c, type);
  c.define(c.add_step(op_code<ops::Binary>, pack(p.binary), p.out, type, p.inputs, p.constant));
}

/// A constant less a number of int8, where the constant is one number: a table.
void import_difference_from(Context& c, const Pair& p, const int8::BinaryQuantizations& q) {
  c.require(p.binary.b_elements == 1 && p.constant[0].type == ElementType::i8,
            "takes away from a constant of several numbers, which is supported in float32 only");
  const std::int32_t constant = p.constant[0].numbers<std::int8_t>()[0];
  kernels::Binary plain = p.binary;
  plain.kind = BinaryKind::subtract;
  const int8::QuantizedStep step =
      int8::binary(plain, ElementType::i8, {q.b, q.a, q.y}, c.bounds_of(c.output()));
  kernels::Int8BinaryNumbers numbers{};
  const std::vector<std::int32_t> words = step.constants[0].numbers<std::int32_t>();
  std::memcpy(static_cast<void*>(&numbers), words.data(), sizeof numbers);
  c.define(c.add_step(int8::looked_up(int8::make_table([&](std::int32_t x) -> std::int32_t {
                        return kernels::int8_combine<std::int8_t>(BinaryKind::subtract, constant, x, numbers);
                      })),
                      p.out, p.inputs));
}

}  // namespace

void import_binary(Context& c) {
  if (is_word(c.output())) return import_word_binary(c);
  const ElementType type = c.common_type(2);
  if (type == ElementType::real) return import_real(c);
  const BinaryKind kind = binary_kind(c.op().kind);
  if (picks(kind)) return import_picked(c, type);
  c.require(kind <= BinaryKind::multiply, "is supported in float32 only");
  const Pair p = paired(c, type);
  const int8::BinaryQuantizations q{c.quantization(c.input(p.a)), c.quantization(c.input(p.b)),
                                    c.quantization(c.output())};
  if (p.binary.kind == BinaryKind::subtract_from) return import_difference_from(c, p, q);
  const auto constant = p.constant.empty() ? std::nullopt : std::optional(p.constant[0]);
  c.define(
      c.add_step(int8::binary(p.binary, type, q, c.bounds_of(c.output()), 1, constant), p.out, p.inputs));
}

/// BATCH_MATMUL: products of matrices, one after the other.
void import_batch_matmul(Context& c) {
  c.require(c.common_type(2) == ElementType::real, "is supported in float32 only");
  const FileTensor &a = c.input(0), &b = c.input(1), &y = c.output();
  const std::size_t rank = a.shape.size();
  c.require(rank >= 2 && b.shape.size() == rank && y.shape.size() == rank,
            "is supported for tensors of as many extents, at least 2, only");
  const bool turned_a = c.options().transpose_a, turned_b = c.options().transpose_b;
  const auto extent = [&](const FileTensor& t, bool last) { return t.shape[rank - (last ? 1 : 2)]; };
  kernels::MatMul m{1, extent(a, turned_a), extent(b, !turned_b), extent(a, !turned_a), turned_a, turned_b,
                    1};
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    c.require(a.shape[i] == b.shape[i], "broadcasts its matrices, which is not supported");
    m.groups *= a.shape[i];
  }
  c.require(extent(b, turned_b) == m.k, "is damaged: its matrices do not fit each other");
  std::vector<int> computed(a.shape.begin(), a.shape.end() - 2);
  computed.insert(computed.end(), {m.m, m.n});
  c.require_extents(y, computed);
  const Shape out{m.groups, m.m, m.n};
  if (b.constant()) {
    const Tensor x = c.value(0, turned_a ? Shape{m.groups, m.k, m.m} : Shape{m.groups, m.m, m.k});
    return c.define(c.add_step(op_code<ops::MatMul>, pack(m), out, ElementType::real, {&x, 1},
                               {constant_of(c.floats(b), ElementType::real)}));
  }
  const Tensor inputs[]{c.value(0), c.value(1)};
  c.define(c.add_step(op_code<ops::MatMul>, pack(m), out, ElementType::real, inputs));
}

}  // namespace etch::host::tflite
