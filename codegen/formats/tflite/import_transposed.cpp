// SPDX-License-Identifier: BSL-1.0
// TRANSPOSE_CONV.
#include <codegen/formats/tflite/filter_numbers.hpp>
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/transposed.hpp>

namespace etch::host::tflite {

namespace {

/// Inputs: the result's shape, weights [filters][height][width][channels], x, and a bias if there is one.
constexpr FilterInputs inputs{.x = 2, .weights = 1, .bias = 3};

struct Axes {
  int8::TransposedAxis rows, columns;
};

void import_float(Context& c, const Axes& axes) {
  const FileTensor &w = c.input(1), &x = c.input(2);
  const int filters = w.shape[0], channels = w.shape[3];
  ops::TransposedConvolution::Attributes a;
  a.kernel_height = axes.rows.kernel;
  a.kernel_width = axes.columns.kernel;
  a.stride_height = axes.rows.stride;
  a.stride_width = axes.columns.stride;
  a.top = axes.rows.before;
  a.left = axes.columns.before;
  a.use_bias = c.has_input(3) ? 1 : 0;
  const std::vector<float> given = c.floats(w);
  std::vector<float> turned(given.size());
  const auto f = static_cast<std::size_t>(filters), n = static_cast<std::size_t>(channels),
             taps = given.size() / f / n;
  for (std::size_t i = 0; i < f; ++i)
    for (std::size_t t = 0; t < taps; ++t)
      for (std::size_t k = 0; k < n; ++k) turned[(t * f + i) * n + k] = given[(i * taps + t) * n + k];
  std::vector<ConstantArray> weights{
      constant_of(turned, ElementType::real, {a.kernel_height, a.kernel_width, filters, channels})};
  if (a.use_bias) {
    c.require(c.input(3).elements() == filters, "is damaged: its bias has not a number for each filter");
    weights.push_back(constant_of(c.floats(c.input(3)), ElementType::real));
  }
  const Tensor in = c.value(2, {x.shape[1], x.shape[2], channels});
  c.define(c.apply_fused(c.add_step(op_code<ops::TransposedConvolution>, pack(a),
                                    {axes.rows.out, axes.columns.out, filters}, ElementType::real, {&in, 1},
                                    weights)));
}

/// Puts the places of each window, which a convolution gives as channels, where they belong, and leaves out
/// those that lie outside of the result.
Tensor spread(Context& c, const Tensor& places, const Axes& axes, int filters) {
  const auto& [rows, columns] = axes;
  const int height = rows.windows() * rows.stride, width = columns.windows() * columns.stride;
  const ElementType type = c.value(places).type;
  Tensor t = places;
  if (rows.stride > 1) {
    const ops::Permute::Attributes moved{
        {rows.windows(), columns.windows(), rows.stride, columns.stride * filters}, {0, 2, 1, 3}};
    t = c.add_step(op_code<ops::Permute>, pack(moved), {height, width, filters}, type, {&t, 1});
  }
  t.shape = {height, width, filters};
  if (height == rows.out && width == columns.out) return t;
  ops::Slice::Attributes inside;
  inside.walk.extent = {1, rows.out, columns.out, filters};
  inside.walk.stride = {0, width * filters, filters, 1};
  inside.first = (rows.skipped() * width + columns.skipped()) * filters;
  return c.add_step(op_code<ops::Slice>, pack(inside), {rows.out, columns.out, filters}, type, {&t, 1});
}

void import_quantized(Context& c, const Axes& axes) {
  const FileTensor &w = c.input(1), &x = c.input(2), &y = c.output();
  require_filtered(c, inputs);
  const auto& [rows, columns] = axes;
  const int filters = w.shape[0], channels = w.shape[3];
  int8::Filters given{false, c.bytes(w), filter_biases(c, inputs, static_cast<std::size_t>(filters)),
                      filter_scales(c, inputs, 0)};
  const std::int32_t offset = c.quantization(w, 0).zero_point;
  const std::int64_t places = std::int64_t{rows.stride} * columns.stride;
  c.require(places * filters * rows.taps() * columns.taps() * channels <= 1 << 24,
            "has filters over more than 16,777,216 numbers");
  int8::Filters turned =
      int8::transposed_filters(given, rows, columns, channels, static_cast<std::int8_t>(offset));
  const ops::QuantizedConvolution::Attributes windows{.kernel_height = rows.taps(),
                                                      .kernel_width = columns.taps(),
                                                      .top = rows.top(),
                                                      .left = columns.top(),
                                                      .per_channel = turned.scale.size() > 1};
  const int8::Bounds bounds = c.bounds_of(y);
  const kernels::Int8Io io{c.quantization(x).zero_point, c.quantization(y).zero_point, bounds.lowest,
                           bounds.highest};
  const Tensor in = c.value(2, {x.shape[1], x.shape[2], channels});
  const bool plain = int8::take_offset(turned, offset);
  c.require(plain || is_int8(x),
            "has weights with a zero point, which are supported beside int8 and uint8 only");
  const int8::QuantizedStep step =
      plain ? int8::convolution(windows, element_type(x.kind), io, std::move(turned))
            : int8::offset_convolution(windows, io, std::move(turned), offset);
  const Tensor t =
      c.add_step(step, {rows.windows(), columns.windows(), static_cast<int>(places) * filters}, {&in, 1});
  c.define(spread(c, t, axes, filters));
}

}  // namespace

void import_transposed_convolution(Context& c) {
  const FileTensor &w = c.input(1), &x = c.input(2), &y = c.output();
  const FileOptions& o = c.options();
  c.require(
      x.shape.size() == 4 && w.shape.size() == 4 && y.shape.size() == 4 && x.shape[0] == 1 && y.shape[0] == 1,
      "needs tensors of 4 extents and a batch of one");
  // It is a convolution from its result to its input, read backwards.
  const AxisWindows rows = c.windows(y.shape[1], w.shape[1], o.stride_height, 1, o.same_padding);
  const AxisWindows columns = c.windows(y.shape[2], w.shape[2], o.stride_width, 1, o.same_padding);
  c.require(rows.out == x.shape[1] && columns.out == x.shape[2] && y.shape[3] == w.shape[0] &&
                x.shape[3] == w.shape[3],
            "is damaged: its result has another shape than it computes");
  const Axes axes{{x.shape[1], y.shape[1], w.shape[1], o.stride_height, rows.before},
                  {x.shape[2], y.shape[2], w.shape[2], o.stride_width, columns.before}};
  if (x.kind == ElementKind::float32 && y.kind == x.kind)
    import_float(c, axes);
  else
    import_quantized(c, axes);
}

}  // namespace etch::host::tflite
