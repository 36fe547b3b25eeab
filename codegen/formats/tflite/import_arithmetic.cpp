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

/// A number of int8 less each of the other: a table.
void import_difference_from_one(Context& c, const Pair& p, const int8::BinaryQuantizations& q) {
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
  c.require(ops::QuantizedBinary::is_plain(kind) || kind == BinaryKind::divide ||
                kind == BinaryKind::squared_difference,
            "is supported in float32 only");
  c.require(kind != BinaryKind::divide || type == ElementType::i8, "is supported in int8 and float32 only");
  const Pair p = paired(c, type);
  const int8::BinaryQuantizations q{c.quantization(c.input(p.a)), c.quantization(c.input(p.b)),
                                    c.quantization(c.output())};
  const bool from_one =
      p.binary.kind == BinaryKind::subtract_from && p.binary.b_elements == 1 && type == ElementType::i8;
  if (from_one) return import_difference_from_one(c, p, q);
  const auto constant = p.constant.empty() ? std::nullopt : std::optional(p.constant[0]);
  c.define(
      c.add_step(int8::binary(p.binary, type, q, c.bounds_of(c.output()), 1, constant), p.out, p.inputs));
}

}  // namespace etch::host::tflite
