// SPDX-License-Identifier: BSL-1.0
// TRANSPOSE_CONV, of real numbers.
#include <codegen/formats/tflite/operators.hpp>

namespace etch::host::tflite {

/// Inputs: the result's shape, weights [filters][height][width][channels], x, and a bias if there is one.
void import_transposed_convolution(Context& c) {
  const FileTensor &w = c.input(1), &x = c.input(2), &y = c.output();
  const FileOptions& o = c.options();
  c.require(x.kind == ElementKind::float32 && y.kind == x.kind, "is supported in float32 only");
  c.require(
      x.shape.size() == 4 && w.shape.size() == 4 && y.shape.size() == 4 && x.shape[0] == 1 && y.shape[0] == 1,
      "needs tensors of 4 extents and a batch of one");
  const int filters = w.shape[0], height = w.shape[1], width = w.shape[2], channels = w.shape[3];
  // It is a convolution from its result to its input, read backwards.
  const AxisWindows rows = c.windows(y.shape[1], height, o.stride_height, 1, o.same_padding);
  const AxisWindows columns = c.windows(y.shape[2], width, o.stride_width, 1, o.same_padding);
  c.require(
      rows.out == x.shape[1] && columns.out == x.shape[2] && y.shape[3] == filters && x.shape[3] == channels,
      "is damaged: its result has another shape than it computes");
  ops::TransposedConvolution::Attributes a;
  a.kernel_height = height;
  a.kernel_width = width;
  a.stride_height = o.stride_height;
  a.stride_width = o.stride_width;
  a.top = rows.before;
  a.left = columns.before;
  a.use_bias = c.has_input(3) ? 1 : 0;
  const std::vector<float> given = c.floats(w);
  std::vector<float> turned(given.size());
  const auto f = static_cast<std::size_t>(filters), n = static_cast<std::size_t>(channels),
             taps = given.size() / f / n;
  for (std::size_t i = 0; i < f; ++i)
    for (std::size_t t = 0; t < taps; ++t)
      for (std::size_t k = 0; k < n; ++k) turned[(t * f + i) * n + k] = given[(i * taps + t) * n + k];
  std::vector<ConstantArray> weights{
      constant_of(turned, ElementType::real, {height, width, filters, channels})};
  if (a.use_bias) {
    c.require(c.input(3).elements() == filters, "is damaged: its bias has not a number for each filter");
    weights.push_back(constant_of(c.floats(c.input(3)), ElementType::real));
  }
  const Tensor in = c.value(2, {x.shape[1], x.shape[2], channels});
  c.define(
      c.apply_fused(c.add_step(op_code<ops::TransposedConvolution>, pack(a),
                               {y.shape[1], y.shape[2], filters}, ElementType::real, {&in, 1}, weights)));
}

}  // namespace etch::host::tflite
