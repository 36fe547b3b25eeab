// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/step_writers.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

/// What a node of windows is told, along the axes that there are: rows and columns, or columns alone.
struct Windows {
  Dims kernel, strides, dilations, before, after;

  void add(int in, int out, int size, int stride, int dilation, int first) {
    kernel.push_back(size);
    strides.push_back(stride);
    dilations.push_back(dilation);
    before.push_back(first);
    // What windows do not reach is left out by `Conv` too.
    after.push_back(std::max(0, (out - 1) * stride + (size - 1) * dilation + 1 - first - in));
  }
  std::vector<FileAttribute> attributes(bool dilated) const {
    Dims pads = before;
    pads.insert(pads.end(), after.begin(), after.end());
    std::vector<FileAttribute> all{integers_attribute("kernel_shape", kernel),
                                   integers_attribute("strides", strides), integers_attribute("pads", pads)};
    if (dilated) all.push_back(integers_attribute("dilations", dilations));
    return all;
  }
};

void check_axes(const GraphWriter& to, const Step& step) {
  to.require(step.in.rank == 2 || step.in.rank == 3, "has an input that is neither a series nor an image");
  to.require(step.out.rank == step.in.rank, "gives another number of axes than it takes");
}

template <class Attributes>
Windows windows_of(const GraphWriter& to, const Step& step, const Attributes& a) {
  to.require(a.top >= 0 && a.left >= 0, "has windows that begin within its input");
  Windows w;
  if (step.in.rank == 3)
    w.add(step.in[0], step.out[0], a.kernel_height, a.stride_height, a.dilation_height, a.top);
  w.add(step.in[step.in.rank - 2], step.out[step.in.rank - 2], a.kernel_width, a.stride_width,
        a.dilation_width, a.left);
  return w;
}

/// [taps..., before, last] as [last, before, taps...].
Array filters_first(const Array& weights) {
  const int rank = static_cast<int>(weights.dims.size());
  std::vector<int> order{rank - 1, rank - 2};
  for (int i = 0; i + 2 < rank; ++i) order.push_back(i);
  return transposed(weights, order);
}

Dims kernel_dims(const Windows& w, std::int64_t before, std::int64_t last) {
  Dims dims = w.kernel;
  dims.push_back(before);
  dims.push_back(last);
  return dims;
}

void define_first(GraphWriter& to, const Step& step, ActivationKind after, const std::string& y) {
  to.define_first(to.graph().result(step), write_function(to, after, y, 1), step.out);
}

/// A pooling over everything gives an image of one pixel, of which the step may keep no axes.
void define_pooled(GraphWriter& to, const Step& step, const std::string& y) {
  if (step.out.rank == step.in.rank) return to.define_first(to.graph().result(step), y, step.out);
  Shape pixel = step.in;
  for (int i = 0; i + 1 < pixel.rank; ++i) pixel.dim[static_cast<std::size_t>(i)] = 1;
  to.require(pixel.size() == step.out.size(), "gives another number of axes than it takes");
  to.define_first(to.graph().result(step), y, pixel);
}

}  // namespace

void write_dense(GraphWriter& to, const Step& step, ActivationKind after) {
  const auto a = unpack<ops::Dense::Attributes>(step.attributes);
  const int in = step.in.last();
  const auto bias = [&] { return to.constant(to.weight(step, 1, {a.units})); };
  Array weights = to.weight(step, 0, {in, a.units});
  const bool image = step.in.rank == 3 || (step.in.rank == 2 && to.has_first(step, 0, step.in));
  if (image) {
    Dims one(static_cast<std::size_t>(step.in.rank - 1), 1), dims{a.units, in};
    weights = transposed(weights, {1, 0});
    dims.insert(dims.end(), one.begin(), one.end());
    weights.dims = dims;
    GraphWriter::Names inputs{to.first(step, 0, step.in), to.constant(weights)};
    if (a.use_bias) inputs.push_back(bias());
    return define_first(to, step, after, to.node("Conv", inputs, {integers_attribute("kernel_shape", one)}));
  }
  std::string y;
  if (step.in.rank == 1 && a.use_bias) {
    y = to.node("Gemm", {to.last(step, 0, step.in), to.constant(weights), bias()});
  } else {
    y = to.node("MatMul", {to.last(step, 0, step.in), to.constant(weights)});
    if (a.use_bias) y = to.node("Add", {y, bias()});
  }
  to.define_last(to.graph().result(step), write_function(to, after, y, -1), step.out);
}

void write_convolution(GraphWriter& to, const Step& step, ActivationKind after) {
  check_axes(to, step);
  const auto a = unpack<ops::Convolution::Attributes>(step.attributes);
  const Windows w = windows_of(to, step, a);
  const int filters = step.out.last();
  GraphWriter::Names inputs{
      to.first(step, 0, step.in),
      to.constant(filters_first(to.weight(step, 0, kernel_dims(w, step.in.last() / a.groups, filters))))};
  if (a.use_bias) inputs.push_back(to.constant(to.weight(step, 1, {filters})));
  std::vector<FileAttribute> attributes = w.attributes(true);
  attributes.push_back(integer_attribute("group", a.groups));
  define_first(to, step, after, to.node("Conv", inputs, attributes));
}

void write_transposed_convolution(GraphWriter& to, const Step& step, ActivationKind after) {
  check_axes(to, step);
  const auto a = unpack<ops::TransposedConvolution::Attributes>(step.attributes);
  to.require(a.groups == 1, "has groups, which are not written");
  Windows w = windows_of(to, step, a);
  const int in = step.in.last(), filters = step.out.last();
  Dims extra;
  for (std::size_t i = 0; i < w.kernel.size(); ++i) {
    const int axis = static_cast<int>(i);
    const std::int64_t reached = (step.in[axis] - 1) * w.strides[i] + (w.kernel[i] - 1) * w.dilations[i] + 1;
    const std::int64_t cut = reached - step.out[axis] - w.before[i];
    w.after[i] = std::max<std::int64_t>(cut, 0);
    extra.push_back(std::max<std::int64_t>(-cut, 0));
  }
  // Etch has [taps..., filters, channels], ONNX [channels, filters, taps...].
  GraphWriter::Names inputs{to.first(step, 0, step.in),
                            to.constant(filters_first(to.weight(step, 0, kernel_dims(w, filters, in))))};
  if (a.use_bias) inputs.push_back(to.constant(to.weight(step, 1, {filters})));
  std::vector<FileAttribute> attributes = w.attributes(true);
  attributes.push_back(integers_attribute("output_padding", extra));
  define_first(to, step, after, to.node("ConvTranspose", inputs, attributes));
}

void write_pool(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Pool::Attributes>(step.attributes);
  to.require(step.in.rank == 2 || step.in.rank == 3, "has an input that is neither a series nor an image");
  const std::string x = to.first(step, 0, step.in);
  const bool maximum = a.kind == kernels::PoolKind::max;
  const bool all = a.pool_height == a.height && a.pool_width == a.width && a.out_height * a.out_width == 1 &&
                   a.top == 0 && a.left == 0;
  if (all) return define_pooled(to, step, to.node(maximum ? "GlobalMaxPool" : "GlobalAveragePool", {x}));
  Windows w;
  if (step.in.rank == 3) w.add(a.height, a.out_height, a.pool_height, a.stride_height, 1, a.top);
  w.add(a.width, a.out_width, a.pool_width, a.stride_width, 1, a.left);
  define_pooled(to, step, to.node(maximum ? "MaxPool" : "AveragePool", {x}, w.attributes(false)));
}

void write_pad(GraphWriter& to, const Step& step, ActivationKind) {
  check_axes(to, step);
  const auto a = unpack<ops::Pad::Attributes>(step.attributes);
  to.require(step.parameters == 0, "pads with a number of its own, which is not written");
  Dims before{0, 0}, after{0, 0};
  if (step.in.rank == 3) {
    before.push_back(a.top);
    after.push_back(a.out_height - a.height - a.top);
  }
  before.push_back(a.left);
  after.push_back(a.out_width - a.width - a.left);
  before.insert(before.end(), after.begin(), after.end());
  const auto count = static_cast<std::int64_t>(before.size());
  const std::string pads = to.constant(array_of(before, {count}));
  define_first(to, step, ActivationKind::linear, to.node("Pad", {to.first(step, 0, step.in), pads}));
}

}  // namespace etch::host::onnx
