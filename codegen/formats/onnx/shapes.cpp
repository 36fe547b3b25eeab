// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

std::optional<Dims> broadcast_dims(const Dims& a, const Dims& b) {
  Dims dims(std::max(a.size(), b.size()), 1);
  for (std::size_t k = 0; k < dims.size(); ++k) {
    const std::int64_t of_a = k < a.size() ? a[a.size() - 1 - k] : 1,
                       of_b = k < b.size() ? b[b.size() - 1 - k] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) return {};
    dims[dims.size() - 1 - k] = of_a == 1 ? of_b : of_a;
  }
  if (elements_of(dims) < 0) return {};
  return dims;
}

std::vector<int> transposition(const Context& c, std::size_t rank) {
  std::vector<int> order(rank);
  std::iota(order.rbegin(), order.rend(), 0);
  const auto listed = c.list("perm");
  if (!listed) return order;
  c.require(listed->size() == rank, "is damaged: its order does not fit its input");
  std::vector<bool> seen(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    order[i] = c.axis_of((*listed)[i], rank);
    c.require(!seen[static_cast<std::size_t>(order[i])], "is damaged: its order names an axis twice");
    seen[static_cast<std::size_t>(order[i])] = true;
  }
  return order;
}

namespace {

Dims listed_dims(Context& c, const Dims& from) {
  Dims dims = c.whole_numbers(1, "shape");
  const bool zero_is_zero = c.integer("allowzero", 0) != 0;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && !zero_is_zero) {
      c.require(i < from.size(), "is damaged: it keeps an extent that its input does not have");
      dims[i] = from[i];
    }
    c.require(dims[i] >= -1 && (dims[i] >= 0 || open < 0), "is damaged: its shape has two open extents");
    if (dims[i] < 0)
      open = static_cast<int>(i);
    else
      known = elements_of({known, dims[i]});
    c.require(known >= 0, "is damaged: its shape has extents that no array has");
  }
  if (open < 0) return dims;
  const std::int64_t elements = elements_of(from);
  c.require(known > 0 && elements % known == 0, "is damaged: its shape does not fit its input");
  dims[static_cast<std::size_t>(open)] = elements / known;
  return dims;
}

Dims squeezed(Context& c, const Dims& from) {
  const auto listed = c.list_or_input("axes", 1, 13);
  std::vector<bool> gone(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) gone[i] = !listed && from[i] == 1;
  for (const std::int64_t axis : listed.value_or(Dims{})) {
    const auto at = static_cast<std::size_t>(c.axis_of(axis, from.size()));
    c.require(from[at] == 1, "is damaged: it removes an extent that is not 1");
    gone[at] = true;
  }
  Dims dims;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (!gone[i]) dims.push_back(from[i]);
  return dims;
}

Dims unsqueezed(Context& c, const Dims& from) {
  const auto listed = c.list_or_input("axes", 1, 13);
  if (!listed) c.refuse("is damaged: it names no axes");
  Dims dims(from.size() + listed->size(), -1);
  for (const std::int64_t axis : *listed) {
    std::int64_t& extent = dims[static_cast<std::size_t>(c.axis_of(axis, dims.size()))];
    c.require(extent == -1, "is damaged: it names an axis twice");
    extent = 1;
  }
  auto next = from.begin();
  for (std::int64_t& extent : dims)
    if (extent == -1) extent = *next++;
  return dims;
}

}  // namespace

Dims reshaped_dims(Context& c, const Dims& from) {
  const std::string& op = c.node().op;
  if (op == "Reshape") return listed_dims(c, from);
  if (op == "Squeeze") return squeezed(c, from);
  if (op == "Unsqueeze") return unsqueezed(c, from);
  if (op != "Flatten") return from;
  std::int64_t axis = c.integer("axis", 1);
  if (axis < 0) axis += static_cast<std::int64_t>(from.size());
  c.require(axis >= 0 && axis <= static_cast<std::int64_t>(from.size()),
            "is damaged: it names an axis that its input does not have");
  const auto middle = from.begin() + axis;
  return {elements_of(Dims(from.begin(), middle)), elements_of(Dims(middle, from.end()))};
}

std::vector<Places> slice_places(Context& c, const Dims& dims) {
  const auto first = c.list_or_input("starts", 1, 10), last = c.list_or_input("ends", 2, 10),
             axes = c.list_or_input("axes", 3, 10);
  const auto steps = c.opset() < 10 ? std::nullopt : c.list_or_input("steps", 4, 10);
  if (!first || !last) c.refuse("is damaged: it names no ends");
  c.require(first->size() == last->size() && (!axes || axes->size() == first->size()) &&
                (!steps || steps->size() == first->size()) && first->size() <= dims.size(),
            "is damaged: its ends do not fit each other");
  std::vector<Places> places;
  for (const std::int64_t extent : dims) places.push_back({0, 1, extent});
  for (std::size_t i = 0; i < first->size(); ++i) {
    const auto axis =
        static_cast<std::size_t>(axes ? c.axis_of((*axes)[i], dims.size()) : static_cast<int>(i));
    const std::int64_t extent = dims[axis], step = steps ? (*steps)[i] : 1;
    c.require(step != 0 && step > -(1 << 30) && step < 1 << 30,
              "is damaged: it has a step of 0, or beyond 2^30");
    const auto inside = [&](std::int64_t at) {
      if (at < 0) at = at < -extent ? -1 : at + extent;
      return step > 0 ? std::clamp<std::int64_t>(at, 0, extent)
                      : std::clamp<std::int64_t>(at, -1, extent - 1);
    };
    const std::int64_t begin = inside((*first)[i]), end = inside((*last)[i]);
    const std::int64_t room = step > 0 ? end - begin : begin - end, stride = std::abs(step);
    places[axis] = {std::max<std::int64_t>(begin, 0), step, room > 0 ? (room + stride - 1) / stride : 0};
  }
  return places;
}

std::vector<std::int64_t> split_extents(Context& c, std::int64_t extent) {
  const std::int64_t count = c.outputs();
  c.require(count > 0, "is damaged: it gives nothing");
  std::vector<std::int64_t> extents;
  if (const auto listed = c.list_or_input("split", 1, 13)) {
    extents = *listed;
  } else {  // equal ones, the last perhaps smaller
    const std::int64_t each = (extent + count - 1) / count;
    for (std::int64_t left = extent; left > 0; left -= each) extents.push_back(std::min(each, left));
  }
  std::int64_t sum = 0;
  for (const std::int64_t part : extents) {
    c.require(part > 0 && part <= extent, "has an empty result, which is not supported");
    sum += part;
  }
  c.require(sum == extent && static_cast<std::int64_t>(extents.size()) == count,
            "is damaged: its parts do not make up its input");
  return extents;
}

std::vector<int> listed_axes(Context& c, int i, int since, std::size_t rank) {
  const auto listed = c.list_or_input("axes", i, since);
  std::vector<int> axes;
  for (const std::int64_t axis : listed.value_or(Dims{})) axes.push_back(c.axis_of(axis, rank));
  std::ranges::sort(axes);
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  if (axes.empty()) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), 0);
  }
  return axes;
}

}  // namespace etch::host::onnx
