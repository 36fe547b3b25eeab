// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/importer.hpp>

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

}  // namespace

/// Also SQUEEZE and EXPAND_DIMS: the numbers stay where they are.
void Importer::import_reshape() {
  const int number = input_number(0);
  if (const auto known = known_numbers(number); known && !made_[static_cast<std::size_t>(number)]) {
    return define_numbers(*known);
  }
  require_reshaped();
  rename(0);
}

/// SQUEEZE and EXPAND_DIMS take and give extents of 1 only; RESHAPE gives what it lists, if that is known.
void Importer::require_reshaped() const {
  const FileTensor &x = input(0), &y = output();
  if (op_->kind != OperatorKind::reshape) {
    const auto apart_from_ones = [](std::vector<int> shape) {
      std::erase(shape, 1);
      return shape;
    };
    return require(apart_from_ones(x.shape) == apart_from_ones(y.shape),
                   "is damaged: its result has another shape than it computes");
  }
  if (!has_input(1)) return;
  require(input(1).elements() <= 8, "is damaged: it lists more than 8 extents");
  const auto listed = known_numbers(input_number(1));
  if (!listed) return;
  std::vector<int> wanted;
  int product = 1;
  for (const std::int64_t extent : *listed) {
    require(extent == -1 || (extent > 0 && extent <= y.elements() / product),
            "is damaged: its result has another shape than it lists");
    if (extent > 0) product *= static_cast<int>(extent);
    wanted.push_back(static_cast<int>(extent));
  }
  const auto open = std::ranges::find(wanted, -1);
  if (open != wanted.end()) *open = y.elements() / product;
  require_extents(y, wanted);
}

void Importer::import_transpose() {
  const FileTensor &x = input(0), &y = output();
  const std::vector<int> order = small_numbers(1);
  const std::size_t rank = x.shape.size();
  const bool whole = is_int8(x) || is_int16(x);
  require(x.kind == y.kind && (whole || x.kind == ElementKind::float32),
          "is supported in int8, int16 and float32 only");
  if (whole) require_same_quantization(x, y);
  require(order.size() == rank && y.shape.size() == rank && rank <= 5,
          "is damaged: its order does not fit its input");
  std::vector<int> seen(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    require(order[i] >= 0 && order[i] < static_cast<int>(rank) && !seen[static_cast<std::size_t>(order[i])]++,
            "is damaged: its order names an axis twice or not at all");
    require(y.shape[i] == x.shape[static_cast<std::size_t>(order[i])],
            "is damaged: its result has another shape than it computes");
  }
  const std::size_t extra = rank > 4 ? rank - 4 : 0;
  require(extra == 0 || (x.shape[0] == 1 && order[0] == 0), "is supported for 4 extents only");
  ops::Permute::Attributes attributes;
  const std::size_t lead = 4 - (rank - extra);
  for (std::size_t i = extra; i < rank; ++i) {
    attributes.extent[lead + i - extra] = x.shape[i];
    attributes.order[lead + i - extra] = static_cast<int>(lead) + order[i] - static_cast<int>(extra);
  }
  const Tensor in = value(0);
  define(output_number(), add_step(op_code<ops::Permute>, pack(attributes), sample_shape(y),
                                   builder_->graph.values[in.value].type, {&in, 1}));
}

void Importer::import_concatenation() {
  const int count = static_cast<int>(op_->inputs.size());
  require(count > 0, "is damaged: it joins nothing");
  require(op_->options.activation == FusedActivation::none, "has a fused activation, which is not supported");
  const ElementType type = common_type(count);
  const FileTensor& y = output();
  const int axis = axis_of(y, op_->options.axis);
  int before = 1, after = 1, total = 0;
  for (int i = 0; i < axis; ++i) before *= y.shape[static_cast<std::size_t>(i)];
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < y.shape.size(); ++i) after *= y.shape[i];
  std::vector<Tensor> parts;
  for (int k = 0; k < count; ++k) {
    std::vector<int> like = input(k).shape;
    require(like.size() == y.shape.size(), "is damaged: the shapes of its inputs do not fit");
    const int extent = like[static_cast<std::size_t>(axis)];
    like[static_cast<std::size_t>(axis)] = y.shape[static_cast<std::size_t>(axis)];
    require(like == y.shape && extent > 0, "is damaged: the shapes of its inputs do not fit");
    if (type != ElementType::real) require_same_quantization(input(k), y);
    parts.push_back(value(k, {before, extent, after}));
    total += extent;
  }
  require(total == y.shape[static_cast<std::size_t>(axis)],
          "is damaged: the shapes of its inputs do not fit");
  constexpr std::size_t most = ops::Concatenate::max_inputs;
  while (parts.size() > 1) {  // eight at a time: the joined ones go on as one
    const std::size_t n = std::min(parts.size(), most);
    ops::Concatenate::Attributes attributes{1, static_cast<int>(n), {}};
    int joined = 0;
    for (std::size_t k = 0; k < n; ++k) joined += attributes.extent[k] = parts[k].shape[1];
    const Tensor whole = add_step(op_code<ops::Concatenate>, pack(attributes), {before, joined, after}, type,
                                  std::span(parts).first(n));
    parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(n - 1));
    parts[0] = whole;
  }
  define(output_number(), count == 1 ? copy_of(parts[0]) : parts[0]);
}

/// Adds the step of a slice of the input `from`: `extent` places of each axis, `stride` apart.
void Importer::add_slice(int result, const std::vector<int>& begin, const std::vector<int>& extent,
                         const std::vector<int>& stride, int from) {
  const FileTensor &x = input(from), &y = output(result);
  const bool whole = is_int8(x) || is_int16(x);
  require(x.kind == y.kind && (whole || x.kind == ElementKind::float32),
          "is supported in int8, int16 and float32 only");
  if (whole) require_same_quantization(x, y);
  ops::Slice::Attributes attributes;
  attributes.walk.extent = {1, 1, 1, 1};
  int inner = 1;  // begin * inner and stride * inner stay within the input
  std::size_t at = 4;
  for (std::size_t i = x.shape.size(); i-- > 0; inner *= x.shape[i]) {
    attributes.first += begin[i] * inner;
    if (extent[i] == 1 && (at == 0 || x.shape[i] == 1)) continue;
    require(at > 0, "is supported for 4 extents only");
    --at;
    attributes.walk.extent[at] = extent[i];
    attributes.walk.stride[at] = extent[i] == 1 ? inner : stride[i] * inner;
  }
  const Tensor in = value(from);
  define(output_number(result), add_step(op_code<ops::Slice>, pack(attributes), sample_shape(y),
                                         builder_->graph.values[in.value].type, {&in, 1}));
}

void Importer::import_split() {
  const FileTensor& x = input(1);
  const std::vector<int> axes = small_numbers(0);
  require(axes.size() == 1, "is damaged: it names no axis");
  const auto axis = static_cast<std::size_t>(axis_of(x, axes[0]));
  const int count = static_cast<int>(op_->outputs.size());
  require(op_->options.count == count && x.shape[axis] % count == 0,
          "is damaged: its parts do not fit its input");
  std::vector<int> begin(x.shape.size()), extent = x.shape;
  const std::vector<int> stride(x.shape.size(), 1);
  extent[axis] /= count;
  for (int k = 0; k < count; ++k, begin[axis] += extent[axis]) {
    require_extents(output(k), extent);
    add_slice(k, begin, extent, stride, 1);
  }
}

void Importer::import_strided_slice() {
  const FileOptions& o = op_->options;
  const std::vector<int> first = small_numbers(1), last = small_numbers(2), step = small_numbers(3);
  require(o.ellipsis_mask == 0 && o.new_axis_mask == 0,
          "has an ellipsis or a new axis, which are not supported");
  const FileTensor& x = input(0);
  const std::size_t rank = x.shape.size();
  require(first.size() == last.size() && first.size() == step.size() && first.size() <= rank,
          "is damaged: its ends do not fit its input");
  std::vector<int> begin(rank), extent = x.shape, stride(rank, 1);
  for (std::size_t i = 0; i < first.size(); ++i) {
    require(step[i] != 0, "is damaged: it has a step of zero");
    const auto bit = [&](int mask) { return (mask >> i & 1) != 0; };
    Places p = places(first[i], last[i], step[i], x.shape[i], bit(o.begin_mask), bit(o.end_mask));
    if (bit(o.shrink_axis_mask)) p.count = 1;
    require(p.count > 0 && p.begin >= 0 && p.begin < x.shape[i],
            "has an empty result, which is not supported");
    begin[i] = static_cast<int>(p.begin);
    extent[i] = static_cast<int>(p.count);
    stride[i] = step[i];
  }
  if (const auto known = known_numbers(input_number(0))) {
    require(rank == 1, "takes part of a constant, which is supported for lists only");
    std::vector<std::int64_t> part;
    for (std::int64_t k = 0; k < extent[0]; ++k)
      part.push_back(known->at(static_cast<std::size_t>(begin[0] + k * stride[0])));
    return define_numbers(part);
  }
  std::vector<int> left;
  for (std::size_t i = 0; i < rank; ++i)
    if (i >= first.size() || (o.shrink_axis_mask >> i & 1) == 0) left.push_back(extent[i]);
  require_extents(output(), left);
  add_slice(0, begin, extent, stride, 0);
}

void Importer::import_slice() {
  const FileTensor& x = input(0);
  const std::vector<int> begin = small_numbers(1);
  std::vector<int> extent = small_numbers(2);
  require(begin.size() == x.shape.size() && extent.size() == x.shape.size(),
          "is damaged: its ends do not fit its input");
  for (std::size_t i = 0; i < extent.size(); ++i) {
    require(begin[i] >= 0 && begin[i] < x.shape[i], "is damaged: it begins outside of its input");
    if (extent[i] == -1) extent[i] = x.shape[i] - begin[i];
    require(extent[i] > 0 && extent[i] <= x.shape[i] - begin[i], "is damaged: it ends outside of its input");
  }
  require_extents(output(), extent);
  add_slice(0, begin, extent, std::vector<int>(extent.size(), 1), 0);
}

void Importer::import_shape() {
  const FileTensor& x = input(0);
  define_numbers({x.shape.begin(), x.shape.end()});
}

void Importer::import_pack() {
  std::vector<std::int64_t> joined;
  for (const int number : op_->inputs) {
    const auto known = number >= 0 ? known_numbers(number) : std::nullopt;
    if (!known) refuse("is supported for numbers that do not depend on the model's input only");
    require(known->size() == 1, "is supported for single numbers only");
    joined.push_back((*known)[0]);
  }
  define_numbers(joined);
}

}  // namespace etch::host::tflite
