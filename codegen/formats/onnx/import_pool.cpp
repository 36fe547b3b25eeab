// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>
#include <codegen/formats/onnx/windows.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

namespace {

/// Pooling along the axes of `windows`, the first of which is axis 2 + `first`, of a value that lies channels
/// last. What lies outside of these axes is taken as samples of their own, what lies inside as channels.
Live pooled(Context& c, const Live& x, kernels::PoolKind kind, std::size_t first,
            std::span<const WindowAxis> windows) {
  int times = static_cast<int>(x.dims[0]), channels = static_cast<int>(x.dims[1]);
  for (std::size_t i = 0; i < first; ++i) times *= static_cast<int>(x.dims[2 + i]);
  for (std::size_t i = first + windows.size(); i + 2 < x.dims.size(); ++i)
    channels *= static_cast<int>(x.dims[2 + i]);
  const WindowAxis one;
  const WindowAxis &h = windows.size() > 1 ? windows[0] : one, &w = windows.back();
  const kernels::Pool pool{kind,     h.in,     w.in,     channels, h.out,    w.out, h.kernel,
                           w.kernel, h.stride, w.stride, h.before, w.before, 0};
  Dims dims = x.dims;
  for (std::size_t i = 0; i < windows.size(); ++i) dims[2 + first + i] = windows[i].out;
  const ElementType type = c.value(x.tensor).type;
  Live y = last_result(x, dims,
                       c.add_repeated(times, op_code<ops::Pool>, pack(pool), {h.in, w.in, channels},
                                      {h.out, w.out, channels}, type, x.tensor, {}));
  y.stands_for = x.stands_for;
  return c.reshaped(y, dims);
}

/// The largest of windows whose places lie apart: these are put side by side first. Places outside of the
/// data are others of the same window, which changes no maximum.
Live dilated(Context& c, const Live& x, int axis, WindowAxis& w) {
  c.require(std::int64_t{w.out} * w.kernel <= 1 << 23, "has windows over more than 8,388,608 places");
  std::vector<std::int32_t> places;
  for (int o = 0; o < w.out; ++o) {
    const int begin = o * w.stride - w.before;
    int inside = begin;
    while (inside < 0) inside += w.dilation;
    c.require(inside < w.in, "has a window that lies outside of its input");
    for (int k = 0; k < w.kernel; ++k) {
      const int place = begin + k * w.dilation;
      places.push_back(place >= 0 && place < w.in ? place : inside);
    }
  }
  const int out = w.out, kernel = w.kernel;
  w = {out * kernel, kernel, kernel, 1, 0, 0, out};
  return taken_along(c, x, axis, places);
}

Live without_padding(Context& c, const Live& from, std::vector<WindowAxis>& windows) {
  const ConstantArray zero = constant_of(std::vector{0.0f}, ElementType::real);
  Live x = from;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    WindowAxis& w = windows[i];
    if (w.before + w.after == 0) continue;
    x = padded(c, x, static_cast<int>(i) + 2, w.before, w.after, zero);
    w.in += w.before + w.after;
    w.before = w.after = 0;
  }
  return x;
}

/// One step for the last two axes, one more for each axis before them: windows are products of axes.
Live pooled(Context& c, Live x, kernels::PoolKind kind, std::span<const WindowAxis> windows) {
  std::size_t end = windows.size();
  while (end > 0) {
    const std::size_t count = end == windows.size() && end > 1 ? 2 : 1;
    end -= count;
    const auto part = windows.subspan(end, count);
    if (!std::ranges::all_of(part, &WindowAxis::plain) || windows.size() == count)
      x = pooled(c, x, kind, end, part);
  }
  return x;
}

}  // namespace

void import_pool(Context& c) {
  const bool average = c.node().op == "AveragePool";
  const auto kernel = c.list("kernel_shape");
  if (!kernel) c.refuse("is damaged: it names no window");
  c.require(!c.is_read(1), "gives the places of its largest numbers, which is not supported");
  Live x = c.stored(0);
  std::vector<WindowAxis> windows = windows_of(c, x.dims, *kernel);
  const auto kind = average ? kernels::PoolKind::average : kernels::PoolKind::max;
  const bool counts_padding = average && c.integer("count_include_pad", 0) != 0;
  if (average && !counts_padding && whole_average(c, windows)) return;
  const bool stored = !average && c.value(x.tensor).type != ElementType::real;
  if (!stored) x = c.as_real(x);
  x = c.channels_last(x);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (windows[i].dilation == 1 || windows[i].kernel == 1) continue;
    c.require(!average, "averages windows that are dilated, which is not supported");
    x = c.channels_last(dilated(c, x, static_cast<int>(i) + 2, windows[i]));
  }
  if (counts_padding) x = c.channels_last(without_padding(c, x, windows));
  c.define(pooled(c, x, kind, windows));
}

namespace {

/// All of `axes` become one number, wherever they lie. The largest of whole numbers is whole.
void import_reduced(Context& c, kernels::PoolKind kind, const std::vector<int>& axes) {
  if (kind == kernels::PoolKind::average && whole_mean(c, axes)) return;
  auto [x, block] = c.with_block(kind == kernels::PoolKind::max ? c.stored(0) : c.live(0), axes);
  const kernels::Pool pool = pool_over(kind, block);
  Live y = with_one_place(x, axes);
  x.tensor.shape = {block.outside, block.extent, block.inside};
  y.tensor = c.add_step(op_code<ops::Pool>, pack(pool), {block.outside, 1, block.inside},
                        c.value(x.tensor).type, {&x.tensor, 1});
  y.layout.join();
  c.define(c.reshaped(y, y.dims));
}

}  // namespace

void import_global_pool(Context& c) {
  const Live& x = c.stored(0);
  c.require(x.rank() >= 3, "needs an input of [batch, channels, ...]");
  std::vector<int> axes(static_cast<std::size_t>(x.rank() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  const bool average = c.node().op == "GlobalAveragePool";
  import_reduced(c, average ? kernels::PoolKind::average : kernels::PoolKind::max, axes);
}

}  // namespace etch::host::onnx
