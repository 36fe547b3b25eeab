// SPDX-License-Identifier: BSL-1.0
// Where the numbers of values lie, and the steps that move them.
#include <codegen/formats/onnx/context.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

namespace {

/// The extents of a value as it lies in memory, for people and files.
Shape memory_shape(const Live& x) {
  Dims dims;
  for (const int axis : x.layout.axes_in_memory()) dims.push_back(x.dims[at(axis)]);
  Shape shape;
  if (dims.empty()) dims.push_back(1);
  if (dims.size() > Shape::max_rank) return {static_cast<int>(elements_of(x.dims))};
  for (const std::int64_t extent : dims) shape.append(static_cast<int>(extent));
  return shape.size() == elements_of(x.dims) ? shape : Shape{static_cast<int>(elements_of(x.dims))};
}

/// Atoms in their new order, those joined that lie as they did: extents as they were, and which goes where.
struct Runs {
  std::vector<int> extent;  ///< in the old order
  std::vector<int> order;   ///< of the new one: places in the old
};

Runs runs_of(const Layout& from, const std::vector<int>& to) {
  const std::vector<int>& old = from.order();
  std::vector<int> place(old.size());
  for (std::size_t i = 0; i < old.size(); ++i) place[at(old[i])] = static_cast<int>(i);
  std::vector<int> first;  // of each run, in the new order: its place in the old one
  std::vector<int> extent;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const int here = place[at(to[i])];
    if (i > 0 && here == place[at(to[i - 1])] + 1) {
      extent.back() *= from.atoms()[at(to[i])].extent;
      continue;
    }
    first.push_back(here);
    extent.push_back(from.atoms()[at(to[i])].extent);
  }
  std::vector<int> sorted(first.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::ranges::sort(sorted, {}, [&](int r) { return first[at(r)]; });
  Runs runs;
  runs.order.resize(first.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    runs.extent.push_back(extent[at(sorted[i])]);
    runs.order[at(sorted[i])] = static_cast<int>(i);
  }
  return runs;
}

}  // namespace

/// \param to has the same atoms as the value.
Live Context::moved_once(const Live& x, const Layout& to) {
  const Runs runs = runs_of(x.layout, to.order());
  ops::Permute::Attributes permute;
  const std::size_t lead = 4 - runs.order.size();
  for (std::size_t i = 0; i < runs.order.size(); ++i) {
    permute.extent[lead + i] = runs.extent[i];
    permute.order[lead + i] = static_cast<int>(lead) + runs.order[i];
  }
  Live y = x;
  y.layout = to;
  y.tensor =
      add_step(op_code<ops::Permute>, pack(permute), memory_shape(y), value(x.tensor).type, {&x.tensor, 1});
  ++moves_;
  return y;
}

Live Context::moved_to(const Live& x, const Layout& to) {
  Live y = x;
  // A step moves four blocks at most. More go to the front one after another, the last wanted first.
  for (std::size_t k = to.order().size(); runs_of(y.layout, to.order()).order.size() > 4;) {
    Layout next = y.layout;
    std::vector<int> order = next.order();
    const int atom = to.order()[--k];
    order.erase(std::ranges::find(order, atom));
    order.insert(order.begin(), atom);
    next.set_order(order);
    y = moved_once(y, next);
  }
  return y.layout == to ? y : moved_once(y, to);
}

Live Context::ordered(const Live& x, const std::vector<int>& axes) {
  Layout to = x.layout.ordered(axes);
  if (to.order() == x.layout.order()) return x;
  Live y = moved_to(x, to);
  y.layout.join();
  return y;
}

Live Context::natural(const Live& x) {
  std::vector<int> axes(x.dims.size());
  std::iota(axes.begin(), axes.end(), 0);
  return ordered(x, axes);
}

Live Context::channels_last(const Live& x) {
  std::vector<int> axes{0};
  for (int i = 2; i < x.rank(); ++i) axes.push_back(i);
  if (x.rank() > 1) axes.push_back(1);
  return ordered(x, axes);
}

Live Context::reshaped(const Live& x, const Dims& dims) {
  require(elements_of(dims) == elements_of(x.dims), "is damaged: its result has another number of elements");
  std::optional<Layout> layout = x.layout.reshaped(dims);
  Live y = x;
  if (!layout) {
    y = natural(x);
    layout = Layout(dims);
  }
  y.dims = dims;
  y.layout = *layout;
  y.tensor.shape = memory_shape(y);
  return y;
}

Live Context::transposed(const Live& x, const std::vector<int>& axes) const {
  Live y = x;
  y.dims.clear();
  for (const int axis : axes) y.dims.push_back(x.dims[at(axis)]);
  y.layout = x.layout.transposed(axes);
  y.layout.join();
  return y;
}

std::pair<Live, Layout::Block> Context::with_block(const Live& x, const std::vector<int>& axes) {
  if (const auto block = x.layout.block_of(axes)) return {x, *block};
  // The others stay in their order, and the block goes inside of them.
  std::vector<int> order;
  for (const int axis : x.layout.axes_in_memory())
    if (std::ranges::find(axes, axis) == axes.end()) order.push_back(axis);
  order.insert(order.end(), axes.begin(), axes.end());
  const Live y = ordered(x, order);
  return {y, *y.layout.block_of(axes)};
}

}  // namespace etch::host::onnx
