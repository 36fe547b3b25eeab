// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/operation.hpp>
#include <etch/layers/layer.hpp>

namespace etch::host::keras {
namespace {

/// Numbers beyond are as good as these: arrays have fewer elements.
constexpr std::int64_t far = std::int64_t{1} << 32;

/// Python's first:last:step; what is left out is null in files.
struct Range {
  std::optional<std::int64_t> first, last, step;

  bool takes_all() const { return first.value_or(0) == 0 && !last && step.value_or(1) == 1; }
};

/// What stands between the brackets for an axis.
struct Item {
  enum Kind { range, index, new_axis, others } kind = range;
  Range of;
  std::int64_t at = 0;
};

/// Of an axis: `count` places from `first`, `step` apart.
struct Places {
  std::int64_t first = 0, step = 1, count = 1;
  bool stays = true;  ///< the axis, which an index takes away
};

std::optional<std::int64_t> integer(const Operation& op, const Json& json) {
  if (json.is_null()) return std::nullopt;
  if (!json.is_number_integer()) op.fail("has an index that is computed or no integer");
  if (json.is_number_unsigned())
    return static_cast<std::int64_t>(std::min(json.get<std::uint64_t>(), static_cast<std::uint64_t>(far)));
  return std::max(json.get<std::int64_t>(), -far);
}

Item item_of(const Operation& op, const Json& json) {
  if (json.is_null()) return {Item::new_axis, {}, 0};
  if (!json.is_object()) return {Item::index, {}, *integer(op, json)};
  const Json name = json.value("class_name", Json());
  if (name == "__ellipsis__") return {Item::others, {}, 0};
  const Json range = name == "__slice__" ? json.value("config", Json()) : json;
  if (!range.is_object() || !(range.contains("start") || range.contains("stop")))
    op.fail("has an index that is no number, slice, None or Ellipsis");
  const auto member = [&](const char* key) { return integer(op, range.value(key, Json())); };
  return {Item::range, {member("start"), member("stop"), member("step")}, 0};
}

/// All of them, one after the other: a single one is no list.
std::vector<Item> items_of(const Operation& op, const Call& call) {
  const auto is_computed = [](const Value& value) { return value.tensor || value.mask; };
  bool computed =
      call.positional.size() > 2 || (call.positional.size() == 2 && is_computed(call.positional[1]));
  for (const auto& [name, values] : call.named)
    if (name == "slice_spec" || name == "key")
      computed = computed || values.size() > 1 || std::ranges::any_of(values, is_computed);
  if (computed) op.fail("has an index that is computed or no integer");
  const Json json = op.argument(call, 1, {"slice_spec", "key"}).constant;
  std::vector<Item> items;
  if (!json.is_array()) return {item_of(op, json)};
  for (const Json& one : json) items.push_back(item_of(op, one));
  return items;
}

/// With a range for each axis that "..." stands for, or that is not named.
std::vector<Item> spread(const Operation& op, std::vector<Item> items, int axes) {
  const auto is_others = [](const Item& item) { return item.kind == Item::others; };
  if (std::ranges::count_if(items, is_others) > 1) op.fail("has an Ellipsis twice");
  for (const Item& item : items)
    if (item.kind == Item::range || item.kind == Item::index) --axes;
  if (axes < 0) op.fail("has more indices than its input has axes");
  auto at = std::ranges::find_if(items, is_others);
  if (at != items.end()) at = items.erase(at);
  items.insert(at, static_cast<std::size_t>(axes), Item{});
  return items;
}

/// Python's rule: ends count from the back where they are negative, and lie within the axis.
Places places_of(const Operation& op, const Item& item, std::int64_t extent) {
  const auto from_front = [&](std::int64_t at) { return at < 0 ? at + extent : at; };
  if (item.kind == Item::index) {
    const std::int64_t at = from_front(item.at);
    if (at < 0 || at >= extent)
      op.fail("has the index " + std::to_string(item.at) + " of an axis of " + std::to_string(extent),
              "give one that the axis has");
    return {at, 1, 1, false};
  }
  const std::int64_t step = item.of.step.value_or(1);
  if (step == 0) op.fail("has a step of 0", "give another one");
  const auto within = [&](std::optional<std::int64_t> given, std::int64_t otherwise) {
    if (!given) return otherwise;
    return step > 0 ? std::clamp<std::int64_t>(from_front(*given), 0, extent)
                    : std::clamp<std::int64_t>(from_front(*given), -1, extent - 1);
  };
  const std::int64_t first = within(item.of.first, step > 0 ? 0 : extent - 1);
  const std::int64_t last = within(item.of.last, step > 0 ? extent : -1);
  const std::int64_t way = step > 0 ? last - first : first - last, width = step > 0 ? step : -step;
  if (way <= 0) op.fail("takes nothing of an axis of " + std::to_string(extent), "give ends that are apart");
  return {first, step, (way + width - 1) / width, true};
}

bool takes_all(const Places& places, int extent) {
  return places.first == 0 && places.step == 1 && places.count == extent;
}

/// The step that takes these places of each axis of `x`.
Tensor taken(const Tensor& x, const std::vector<Places>& places, const Shape& shape) {
  ops::Slice::Attributes attributes;
  attributes.walk.extent = {1, 1, 1, 1};
  int inner = 1;
  std::size_t at = Shape::max_rank;
  for (int axis = x.shape.rank; axis-- > 0; inner *= x.shape[axis]) {
    const Places& p = places[static_cast<std::size_t>(axis)];
    attributes.first += static_cast<int>(p.first) * inner;
    attributes.walk.extent[--at] = static_cast<int>(p.count);
    attributes.walk.stride[at] = p.count == 1 ? inner : static_cast<int>(p.step) * inner;
  }
  LayerState none{0};
  return x.builder->apply(op_rule<ops::Slice>, none, pack(attributes), shape, {&x, 1});
}

}  // namespace

Value get_item(const Operation& op, const Call& call) {
  Tensor x = op.tensor(op.argument(call, 0, {"x", "tensor"}));
  const std::vector<Item> items = spread(op, items_of(op, call), x.shape.rank + 1);
  if (items[0].kind != Item::range || !items[0].of.takes_all())
    op.fail("takes a part of the batch, or adds an axis before it", "begin the index with ':'");
  std::vector<Places> places;
  std::vector<int> extents;
  bool all = true;
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (items[i].kind == Item::new_axis) {
      extents.push_back(1);
      continue;
    }
    const int extent = x.shape[static_cast<int>(places.size())];
    places.push_back(places_of(op, items[i], extent));
    all = all && takes_all(places.back(), extent);
    if (places.back().stays) extents.push_back(static_cast<int>(places.back().count));
  }
  if (extents.empty()) op.fail("takes every axis of a sample away", "write x[:, i:i + 1] for x[:, i]");
  if (extents.size() > std::size_t{Shape::max_rank}) op.fail("gives a sample more than four axes");
  Shape shape;
  for (const int extent : extents) shape.append(extent);
  if (!all) return only(taken(x, places, shape));
  x.shape = shape;
  x.mask = -1;
  return only(x);
}

}  // namespace etch::host::keras
