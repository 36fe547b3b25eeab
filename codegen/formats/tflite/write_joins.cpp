// SPDX-License-Identifier: BSL-1.0
// Sums, differences and products of two tensors, and what joins and turns them.
#include <codegen/formats/tflite/step_writers.hpp>
#include <codegen/int8/binary.hpp>
#include <codegen/int8/unfit.hpp>

#include <cmath>

namespace etch::host::tflite {

namespace {

using kernels::Int8BinaryNumbers;

double real(const kernels::Int8Scale& scale) {
  return std::ldexp(static_cast<double>(scale.multiplier), scale.shift - 31);
}

/// Whether quantizations make these numbers of a step.
bool gives(const kernels::Binary& binary, ElementType type, const int8::BinaryQuantizations& q,
           const Int8BinaryNumbers& wanted) {
  try {
    const auto step = int8::binary(binary, type, q, {wanted.lowest, wanted.highest});
    return step.constants[0].numbers<std::int32_t>() == constant_of_words(wanted).numbers<std::int32_t>();
  } catch (const int8::Unfit&) {
    return false;
  }
}

/// The scale of a constant, which a step knows as a factor only.
Quantization constant_quantization(const kernels::Binary& binary, ElementType type,
                                   int8::BinaryQuantizations q, const Int8BinaryNumbers& numbers) {
  const auto a = static_cast<double>(q.a.scale), y = static_cast<double>(q.y.scale);
  const bool a_is_larger = real(numbers.a) == 0.5;
  const double found = binary.kind == kernels::BinaryKind::multiply ? real(numbers.y) * y / a
                       : a_is_larger                                ? real(numbers.b) * 2 * a
                                                                    : a / (2 * real(numbers.a));
  const auto scale = scale_near(found, [&](float near) {
    q.b = {near, numbers.b_zero_point};
    return gives(binary, type, q, numbers);
  });
  if (scale) return {*scale, numbers.b_zero_point};
  GraphWriter::refuse("has a constant whose factor no scale gives");
}

/// The extents of an operand: 1 where it is broadcast. A fifth axis stands before them where there are four.
GraphWriter::Dims extents(const kernels::Binary& b, const std::array<int, 4>& stride) {
  GraphWriter::Dims dims;
  if (b.extent[0] > 1) dims.push_back(1);
  for (std::size_t i = 0; i < 4; ++i) dims.push_back(stride[i] == 0 ? 1 : b.extent[i]);
  return dims;
}

OperatorKind kind_of(kernels::BinaryKind kind) {
  return kind == kernels::BinaryKind::add        ? OperatorKind::add
         : kind == kernels::BinaryKind::subtract ? OperatorKind::sub
                                                 : OperatorKind::mul;
}

int constant_tensor(GraphWriter& to, const Step& step, const GraphWriter::Dims& dims, const Quantization& q) {
  return to.constant(to.is_wide(step) ? ElementKind::int16 : ElementKind::int8, dims,
                     to.weight<std::byte>(step, 0), {q.scale}, 0, q.zero_point);
}

}  // namespace

void write_binary(GraphWriter& to, const Step& step) {
  const auto b = unpack<kernels::Binary>(step.attributes);
  const auto numbers = to.weight_of<Int8BinaryNumbers>(step, step.parameters - 1);
  int8::BinaryQuantizations q{to.of_input(step), {}, to.of_result(step)};
  FileOptions options;
  const ElementType type = to.type_of_result(step);
  options.activation = activation_of({numbers.lowest, numbers.highest}, q.y, type);
  GraphWriter::Dims left = extents(b, b.a_stride), right = extents(b, b.b_stride), out = left;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(left[i], right[i]);
  const bool constant = step.parameters > 1;
  if (!constant && left == right && to.dims_of(step, 0) == to.dims_of(step, 1))
    left = right = out = to.dims_of(step, 0);
  const int x = to.input(step, 0, left);
  int other = 0;
  if (constant) {
    q.b = constant_quantization(b, type, q, numbers);
    other = constant_tensor(to, step, right, q.b);
  } else {
    q.b = to.of_input(step, 1);
    to.require(gives(b, type, q, numbers), "has factors that are not of its values' scales");
    other = to.input(step, 1, right);
  }
  to.add(kind_of(b.kind), {x, other}, to.result(step, out), options);
}

void write_concatenation(GraphWriter& to, const Step& step) {
  const auto a = unpack<ops::Concatenate::Attributes>(step.attributes);
  GraphWriter::Dims dims{1};
  for (int i = 0; i < step.out.rank; ++i) dims.push_back(step.out[i]);
  const GraphWriter::Dims out = dims;
  FileOptions options;
  options.axis = a.axis + 1;
  std::vector<int> parts;
  for (int k = 0; k < a.inputs; ++k) {
    to.learn(to.graph().result(step), to.of_input(step, k));
    dims[static_cast<std::size_t>(options.axis)] = a.extent[static_cast<std::size_t>(k)];
    parts.push_back(to.input(step, k, dims));
  }
  to.add(OperatorKind::concatenation, parts, to.result(step, out), options);
}

void write_permute(GraphWriter& to, const Step& step) {
  const auto a = unpack<ops::Permute::Attributes>(step.attributes);
  to.learn(to.graph().result(step), to.of_input(step));
  GraphWriter::Dims in(a.extent.begin(), a.extent.end());
  std::vector<std::int32_t> order(a.order.begin(), a.order.end());
  if (in[0] != 1 || order[0] != 0) {  // the batch is an axis of its own
    in.insert(in.begin(), 1);
    for (std::int32_t& axis : order) ++axis;
    order.insert(order.begin(), 0);
  }
  GraphWriter::Dims out;
  for (const std::int32_t axis : order) out.push_back(in[static_cast<std::size_t>(axis)]);
  const int x = to.input(step, 0, in), list = to.words(order, {static_cast<int>(order.size())});
  to.add(OperatorKind::transpose, {x, list}, to.result(step, out));
}

}  // namespace etch::host::tflite
