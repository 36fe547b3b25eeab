// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/windows.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

/// A list of the node with a number for each spatial axis.
std::vector<std::int64_t> each(const Context& c, const char* name, std::size_t axes, std::int64_t otherwise,
                               std::int64_t lowest, std::size_t sides = 1) {
  std::vector<std::int64_t> list = c.list(name).value_or(std::vector<std::int64_t>(axes * sides, otherwise));
  if (list.size() != axes * sides)
    c.refuse("is damaged: its '" + std::string(name) + "' does not fit its input");
  for (const std::int64_t number : list)
    c.require(number >= lowest && number <= 4096,
              "has a window, stride, dilation or padding beyond 4,096, or below what it may be");
  return list;
}

std::vector<WindowAxis> read_windows(const Context& c, const Dims& dims,
                                     const std::vector<std::int64_t>& kernel) {
  c.require(dims.size() >= 3, "needs an input of [batch, channels, ...]");
  const std::size_t axes = dims.size() - 2;
  c.require(kernel.size() == axes, "is damaged: its window does not fit its input");
  const auto strides = each(c, "strides", axes, 1, 1), dilations = each(c, "dilations", axes, 1, 1),
             pads = each(c, "pads", axes, 0, 0, 2);
  std::vector<WindowAxis> windows;
  for (std::size_t i = 0; i < axes; ++i) {
    c.require(kernel[i] >= 1 && kernel[i] <= 4096, "has a window that is not between 1 and 4,096");
    windows.push_back({static_cast<int>(dims[i + 2]), static_cast<int>(kernel[i]),
                       static_cast<int>(strides[i]), static_cast<int>(dilations[i]),
                       static_cast<int>(pads[i]), static_cast<int>(pads[axes + i]), 1});
  }
  return windows;
}

/// Padding in two parts, of which one may be larger.
void share(WindowAxis& w, std::int64_t padding, bool upper) {
  const auto half = static_cast<int>(padding / 2), rest = static_cast<int>(padding - padding / 2);
  w.before = upper ? half : rest;
  w.after = upper ? rest : half;
}

}  // namespace

std::vector<WindowAxis> windows_of(const Context& c, const Dims& dims,
                                   const std::vector<std::int64_t>& kernel) {
  std::vector<WindowAxis> windows = read_windows(c, dims, kernel);
  const std::string padding = c.text("auto_pad", "NOTSET");
  const bool ceil = c.integer("ceil_mode", 0) != 0;
  for (WindowAxis& w : windows) {
    if (padding == "SAME_UPPER" || padding == "SAME_LOWER") {
      w.out = (w.in + w.stride - 1) / w.stride;
      share(w, std::max<std::int64_t>((std::int64_t{w.out} - 1) * w.stride + w.reach() - w.in, 0),
            padding == "SAME_UPPER");
      continue;
    }
    if (padding == "VALID") w.before = w.after = 0;
    c.require(padding == "VALID" || padding == "NOTSET", "pads in a way that is not known");
    const std::int64_t room = std::int64_t{w.in} + w.before + w.after - w.reach();
    c.require(room >= 0, "has a window larger than its input");
    w.out = static_cast<int>((room + (ceil ? w.stride - 1 : 0)) / w.stride) + 1;
    // A window that begins behind the data is none.
    if (ceil && (std::int64_t{w.out} - 1) * w.stride >= std::int64_t{w.in} + w.before) --w.out;
  }
  return windows;
}

std::vector<WindowAxis> transposed_windows_of(const Context& c, const Dims& dims,
                                              const std::vector<std::int64_t>& kernel) {
  std::vector<WindowAxis> windows = read_windows(c, dims, kernel);
  const std::string padding = c.text("auto_pad", "NOTSET");
  const auto more = each(c, "output_padding", windows.size(), 0, 0);
  std::optional<std::vector<std::int64_t>> wanted = c.list("output_shape");
  if (wanted && wanted->size() == windows.size() + 2) wanted->erase(wanted->begin(), wanted->begin() + 2);
  c.require(!wanted || wanted->size() == windows.size(),
            "is damaged: its output_shape does not fit its input");
  const bool same = padding == "SAME_UPPER" || padding == "SAME_LOWER";
  for (std::size_t i = 0; i < windows.size(); ++i) {
    WindowAxis& w = windows[i];
    if (padding == "VALID") w.before = w.after = 0;
    const std::int64_t reached = std::int64_t{w.stride} * (w.in - 1) + more[i] + w.reach();
    std::int64_t out = reached - w.before - w.after;
    if (wanted || same) {
      out = wanted ? (*wanted)[i] : std::int64_t{w.in} * w.stride;
      c.require(out >= 1 && reached - out >= 0 && reached - out < 4096,
                "has an output_shape that is not supported");
      share(w, reached - out, padding == "SAME_UPPER");
    }
    c.require(out >= 1 && out <= most_elements, "has a result that no array has room for");
    w.out = static_cast<int>(out);
  }
  return windows;
}

std::vector<int> channels_last_order(int rank) {
  std::vector<int> order{0};
  for (int i = 2; i < rank; ++i) order.push_back(i);
  order.push_back(1);
  return order;
}

Live last_result(const Live& like, const Dims& dims, const Tensor& tensor) {
  Live y = like;
  y.stands_for.reset();
  y.dims = dims;
  y.layout = Layout(dims, channels_last_order(static_cast<int>(dims.size())));
  y.tensor = tensor;
  return y;
}

kernels::Pool pool_over(kernels::PoolKind kind, const Layout::Block& block) {
  return {kind,
          block.outside,
          block.extent,
          block.inside,
          block.outside,
          1,
          1,
          block.extent,
          1,
          block.extent,
          0,
          0,
          0};
}

Live with_one_place(Live x, const std::vector<int>& axes) {
  for (const int axis : axes) {
    x.dims[static_cast<std::size_t>(axis)] = 1;
    x.layout = x.layout.with_extent(axis, 1);
  }
  return x;
}

}  // namespace etch::host::onnx
