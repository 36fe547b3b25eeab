// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/prelu.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// How alphas repeat over the result: their extents, from the last, are its own until only ones are left.
bool repeats(const FileTensor& alpha, const FileTensor& y) {
  std::vector<int> extents = alpha.shape;
  while (!extents.empty() && extents.front() == 1) extents.erase(extents.begin());
  return extents.size() <= y.shape.size() && std::equal(extents.rbegin(), extents.rend(), y.shape.rbegin());
}

}  // namespace

void import_prelu(Context& c) {
  const FileTensor &from = c.input(0), &alpha = c.input(1), &to = c.output();
  const ElementType type = c.common_type(1);
  c.require_extents(to, from.shape);
  c.require(alpha.constant() && repeats(alpha, to), "needs constant slopes that repeat over its input");
  const Tensor x = c.value(0);
  if (type == ElementType::real) {
    ops::PReLU::Attributes attributes;
    attributes.alphas = alpha.elements();
    const Shape shape = c.sample_shape(to);
    int inner = 1;
    for (int i = shape.rank; i-- > 0 && inner < alpha.elements(); inner *= shape[i])
      attributes.stride[i] = inner;
    Tensor in = x;
    in.shape = shape;
    return c.define(c.add_step(op_code<ops::PReLU>, pack(attributes), shape, ElementType::real, {&in, 1},
                               {constant_of(c.floats(alpha), ElementType::real)}));
  }
  c.define(c.add_step(
      int8::prelu(type, {c.quantization(from), c.quantization(alpha), c.quantization(to)}, c.bytes(alpha)),
      x.shape, {&x, 1}));
}

}  // namespace etch::host::tflite
