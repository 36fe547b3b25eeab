// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// One axis of a slice: `count` places from `begin`, `step` apart.
struct Places {
  std::int64_t begin = 0, step = 1, count = 0;
};

/// Python's rule for begin:end:step; `from_first` and `to_last` stand for ends that are left out.
Places places(std::int64_t begin, std::int64_t end, std::int64_t step, std::int64_t extent, bool from_first,
              bool to_last) {
  const auto inside = [&](std::int64_t at) {
    if (at < 0) at += extent;
    return step > 0 ? std::clamp<std::int64_t>(at, 0, extent) : std::clamp<std::int64_t>(at, -1, extent - 1);
  };
  const std::int64_t first = from_first ? (step > 0 ? 0 : extent - 1) : inside(begin);
  const std::int64_t last = to_last ? (step > 0 ? extent : -1) : inside(end);
  const std::int64_t room = step > 0 ? last - first : first - last, stride = step > 0 ? step : -step;
  return {first, step, room > 0 ? (room + stride - 1) / stride : 0};
}

/// SQUEEZE and EXPAND_DIMS take and give extents of 1 only; RESHAPE gives what it lists, if that is known.
void require_reshaped(const Context& c) {
  const FileTensor &x = c.input(0), &y = c.output();
  if (c.op().kind != OperatorKind::reshape) {
    const auto apart_from_ones = [](std::vector<int> shape) {
      std::erase(shape, 1);
      return shape;
    };
    return c.require(apart_from_ones(x.shape) == apart_from_ones(y.shape),
                     "is damaged: its result has another shape than it computes");
  }
  if (!c.has_input(1)) return;
  c.require(c.input(1).elements() <= 8, "is damaged: it lists more than 8 extents");
  const auto listed = c.known_numbers(c.input_number(1));
  if (!listed) return;
  std::vector<int> wanted;
  int product = 1;
  for (const std::int64_t extent : *listed) {
    c.require(extent == -1 || (extent > 0 && extent <= y.elements() / product),
              "is damaged: its result has another shape than it lists");
    if (extent > 0) product *= static_cast<int>(extent);
    wanted.push_back(static_cast<int>(extent));
  }
  const auto open = std::ranges::find(wanted, -1);
  if (open != wanted.end()) *open = y.elements() / product;
  c.require_extents(y, wanted);
}

/// Adds the step of a slice of the input `from`: `extent` places of each axis, `stride` apart.
void add_slice(Context& c, int result, const std::vector<int>& begin, const std::vector<int>& extent,
               const std::vector<int>& stride, int from) {
  const FileTensor &x = c.input(from), &y = c.output(result);
  const bool integers = is_int8(x) || is_int16(x);
  c.require(x.kind == y.kind && (integers || is_word(x) || x.kind == ElementKind::float32),
            "is supported in int8, int16, int32, uint32 and float32 only");
  if (integers) c.require_same_quantization(x, y);
  ops::Slice::Attributes attributes;
  attributes.walk.extent = {1, 1, 1, 1};
  int inner = 1;  // begin * inner and stride * inner stay within the input
  std::size_t at = 4;
  for (std::size_t i = x.shape.size(); i-- > 0; inner *= x.shape[i]) {
    attributes.first += begin[i] * inner;
    if (extent[i] == 1 && (at == 0 || x.shape[i] == 1)) continue;
    c.require(at > 0, "is supported for 4 extents only");
    --at;
    attributes.walk.extent[at] = extent[i];
    attributes.walk.stride[at] = extent[i] == 1 ? inner : stride[i] * inner;
  }
  const Tensor in = c.value(from);
  c.define(c.add_step(op_code<ops::Slice>, pack(attributes), c.sample_shape(y), c.value(in).type, {&in, 1}),
           result);
}

}  // namespace

/// Also SQUEEZE and EXPAND_DIMS: the numbers stay where they are.
void import_reshape(Context& c) {
  const int number = c.input_number(0);
  if (const auto known = c.known_numbers(number); known && !c.made(number)) {
    return c.define_numbers(*known);
  }
  require_reshaped(c);
  c.rename(0);
}

void import_transpose(Context& c) {
  const FileTensor &x = c.input(0), &y = c.output();
  const std::vector<int> order = c.small_numbers(1);
  const std::size_t rank = x.shape.size();
  const bool integers = is_int8(x) || is_int16(x);
  c.require(x.kind == y.kind && (integers || x.kind == ElementKind::float32),
            "is supported in int8, int16 and float32 only");
  if (integers) c.require_same_quantization(x, y);
  c.require(order.size() == rank && y.shape.size() == rank && rank <= 5,
            "is damaged: its order does not fit its input");
  std::vector<int> seen(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    c.require(
        order[i] >= 0 && order[i] < static_cast<int>(rank) && !seen[static_cast<std::size_t>(order[i])]++,
        "is damaged: its order names an axis twice or not at all");
    c.require(y.shape[i] == x.shape[static_cast<std::size_t>(order[i])],
              "is damaged: its result has another shape than it computes");
  }
  const std::size_t extra = rank > 4 ? rank - 4 : 0;
  c.require(extra == 0 || (x.shape[0] == 1 && order[0] == 0), "is supported for 4 extents only");
  ops::Permute::Attributes attributes;
  const std::size_t lead = 4 - (rank - extra);
  for (std::size_t i = extra; i < rank; ++i) {
    attributes.extent[lead + i - extra] = x.shape[i];
    attributes.order[lead + i - extra] = static_cast<int>(lead) + order[i] - static_cast<int>(extra);
  }
  const Tensor in = c.value(0);
  c.define(
      c.add_step(op_code<ops::Permute>, pack(attributes), c.sample_shape(y), c.value(in).type, {&in, 1}));
}

namespace {

/// Cuts an input along an axis into the results, of so many places each.
void cut(Context& c, int from, std::size_t axis, const std::vector<int>& sizes, bool keeps_axis) {
  const FileTensor& x = c.input(from);
  c.require(sizes.size() == c.op().outputs.size(), "is damaged: it has not as many results as parts");
  std::vector<int> begin(x.shape.size()), extent = x.shape;
  const std::vector<int> stride(x.shape.size(), 1);
  for (std::size_t k = 0; k < sizes.size(); ++k, begin[axis] += extent[axis]) {
    extent[axis] = sizes[k];
    c.require(sizes[k] > 0 && sizes[k] <= x.shape[axis] - begin[axis],
              "is damaged: its parts do not fit its input");
    std::vector<int> shape = extent;
    if (!keeps_axis) shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    c.require_extents(c.output(static_cast<int>(k)), shape);
    add_slice(c, static_cast<int>(k), begin, extent, stride, from);
  }
}

}  // namespace

void import_split(Context& c) {
  const FileTensor& x = c.input(1);
  const std::vector<int> axes = c.small_numbers(0);
  c.require(axes.size() == 1, "is damaged: it names no axis");
  const auto axis = static_cast<std::size_t>(c.axis_of(x, axes[0]));
  const int count = static_cast<int>(c.op().outputs.size());
  c.require(c.options().count == count && x.shape[axis] % count == 0,
            "is damaged: its parts do not fit its input");
  cut(c, 1, axis, std::vector<int>(static_cast<std::size_t>(count), x.shape[axis] / count), true);
}

/// SPLIT_V: parts of several sizes, of which one may be left open.
void import_split_v(Context& c) {
  const FileTensor& x = c.input(0);
  std::vector<int> sizes = c.small_numbers(1);
  const std::vector<int> axes = c.small_numbers(2);
  c.require(axes.size() == 1, "is damaged: it names no axis");
  const auto axis = static_cast<std::size_t>(c.axis_of(x, axes[0]));
  std::int64_t given = 0;
  for (const int size : sizes) given += std::max(size, 0);
  const auto open = std::ranges::find(sizes, -1);
  if (open != sizes.end()) *open = static_cast<int>(std::max<std::int64_t>(0, x.shape[axis] - given));
  cut(c, 0, axis, sizes, true);
}

void import_unpack(Context& c) {
  const FileTensor& x = c.input(0);
  const auto axis = static_cast<std::size_t>(c.axis_of(x, c.options().axis));
  cut(c, 0, axis, std::vector<int>(static_cast<std::size_t>(x.shape[axis]), 1), false);
}

void import_strided_slice(Context& c) {
  const FileOptions& o = c.options();
  const std::vector<int> first = c.small_numbers(1), last = c.small_numbers(2), step = c.small_numbers(3);
  c.require(o.ellipsis_mask == 0 && o.new_axis_mask == 0,
            "has an ellipsis or a new axis, which are not supported");
  const FileTensor& x = c.input(0);
  const std::size_t rank = x.shape.size();
  c.require(first.size() == last.size() && first.size() == step.size() && first.size() <= rank,
            "is damaged: its ends do not fit its input");
  std::vector<int> begin(rank), extent = x.shape, stride(rank, 1);
  for (std::size_t i = 0; i < first.size(); ++i) {
    c.require(step[i] != 0, "is damaged: it has a step of zero");
    const auto bit = [&](int mask) { return (mask >> i & 1) != 0; };
    Places p = places(first[i], last[i], step[i], x.shape[i], bit(o.begin_mask), bit(o.end_mask));
    if (bit(o.shrink_axis_mask)) p.count = 1;
    c.require(p.count > 0 && p.begin >= 0 && p.begin < x.shape[i],
              "has an empty result, which is not supported");
    begin[i] = static_cast<int>(p.begin);
    extent[i] = static_cast<int>(p.count);
    stride[i] = step[i];
  }
  if (const auto known = c.known_numbers(c.input_number(0))) {
    c.require(rank == 1, "takes part of a constant, which is supported for lists only");
    std::vector<std::int64_t> part;
    for (std::int64_t k = 0; k < extent[0]; ++k)
      part.push_back(known->at(static_cast<std::size_t>(begin[0] + k * stride[0])));
    return c.define_numbers(part);
  }
  std::vector<int> remaining;
  for (std::size_t i = 0; i < rank; ++i)
    if (i >= first.size() || (o.shrink_axis_mask >> i & 1) == 0) remaining.push_back(extent[i]);
  c.require_extents(c.output(), remaining);
  add_slice(c, 0, begin, extent, stride, 0);
}

void import_slice(Context& c) {
  const FileTensor& x = c.input(0);
  const std::vector<int> begin = c.small_numbers(1);
  std::vector<int> extent = c.small_numbers(2);
  c.require(begin.size() == x.shape.size() && extent.size() == x.shape.size(),
            "is damaged: its ends do not fit its input");
  for (std::size_t i = 0; i < extent.size(); ++i) {
    c.require(begin[i] >= 0 && begin[i] < x.shape[i], "is damaged: it begins outside of its input");
    if (extent[i] == -1) extent[i] = x.shape[i] - begin[i];
    c.require(extent[i] > 0 && extent[i] <= x.shape[i] - begin[i],
              "is damaged: it ends outside of its input");
  }
  c.require_extents(c.output(), extent);
  add_slice(c, 0, begin, extent, std::vector<int>(extent.size(), 1), 0);
}

void import_shape(Context& c) {
  const FileTensor& x = c.input(0);
  c.define_numbers({x.shape.begin(), x.shape.end()});
}

}  // namespace etch::host::tflite
