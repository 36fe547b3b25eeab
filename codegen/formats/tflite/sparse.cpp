// SPDX-License-Identifier: BSL-1.0
// Sparse tensors (TACO's formats, Kjolstad et al. 2017): levels, one for each axis and one for each axis of
// blocks, of which each takes all places of its axis or lists some.
#include <codegen/formats/tflite/sparse.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace etch::host::tflite {

namespace {

struct Level {
  bool lists = false;  ///< some places; else all
  std::vector<int> segments, places;
  int extent = 1;
  std::int64_t step = 1;  ///< elements from one place to the next
};

/// Which axis each level walks: those of the shape, and from their number on those of blocks.
std::optional<std::vector<int>> axes_of(const SparsityTable& table, std::size_t count) {
  const auto* order = table.traversal_order();
  if (!order || order->size() != count) return {};
  std::vector<int> axes(order->begin(), order->end()), sorted = axes, all(count);
  std::iota(all.begin(), all.end(), 0);
  std::sort(sorted.begin(), sorted.end());
  if (sorted != all) return {};
  return axes;
}

/// The axis of the shape that each axis of blocks divides, once each.
std::optional<std::vector<int>> blocks_of(const SparsityTable& table, std::size_t rank) {
  std::vector<int> blocks;
  if (const auto* map = table.block_map()) {
    if (map->size() > rank) return {};
    blocks.assign(map->begin(), map->end());
  }
  for (const int axis : blocks)
    if (axis < 0 || axis >= static_cast<int>(rank) || std::ranges::count(blocks, axis) > 1) return {};
  return blocks;
}

/// The levels with what they list. Nothing where they do not fit the shape.
std::optional<std::vector<Level>> levels_of(const SparsityTable& table, std::span<const int> shape) {
  const std::size_t rank = shape.size();
  const auto blocks = blocks_of(table, rank);
  if (!blocks) return {};
  const std::size_t count = rank + blocks->size();
  const auto axes = axes_of(table, count);
  const auto* given = table.levels();
  if (!axes || !given || given->size() != count) return {};
  std::vector<std::int64_t> stride(count, 1);
  for (std::size_t i = rank - 1; i > 0; --i) stride[i - 1] = stride[i] * shape[i];
  std::vector<int> extent(shape.begin(), shape.end());
  extent.resize(count);
  for (std::size_t l = 0; l < count; ++l) {
    const auto axis = static_cast<std::size_t>((*axes)[l]);
    if (axis < rank) continue;
    const auto divided = static_cast<std::size_t>((*blocks)[axis - rank]);
    const int size = given->Get(static_cast<flatbuffers::uoffset_t>(l))->dense_size();
    if (size < 1 || extent[divided] % size != 0) return {};
    extent[axis] = size;
    extent[divided] /= size;
    stride[axis] = stride[divided];
    stride[divided] *= size;
  }
  std::vector<Level> levels;
  for (std::size_t l = 0; l < count; ++l) {
    const auto axis = static_cast<std::size_t>((*axes)[l]);
    const SparseLevelTable& from = *given->Get(static_cast<flatbuffers::uoffset_t>(l));
    if (from.format() > 1 || (axis >= rank && from.format() != 0)) return {};
    if (from.format() == 0 && from.dense_size() != extent[axis]) return {};
    levels.push_back({from.format() == 1, from.segments(), from.places(), extent[axis], stride[axis]});
  }
  return levels;
}

/// Whether segments divide what a level lists among so many places of the level before.
bool divides(const Level& level, std::size_t count) {
  const std::vector<int>& s = level.segments;
  const auto inside = [&](int place) { return place >= 0 && place < level.extent; };
  return s.size() == count + 1 && s.front() == 0 && std::is_sorted(s.begin(), s.end()) &&
         s.back() == static_cast<int>(level.places.size()) && std::ranges::all_of(level.places, inside);
}

/// Whether the levels fit one another and so many stored numbers. No more places than the file has numbers
/// for are ever listed.
bool fit(const std::vector<Level>& levels, std::size_t elements, std::size_t stored) {
  std::size_t count = 1;
  for (const Level& level : levels) {
    if (level.lists && !divides(level, count)) return false;
    count = level.lists ? level.places.size() : count * static_cast<std::size_t>(level.extent);
    if (count > elements) return false;
  }
  return count == stored;
}

/// Where each stored number lies.
std::vector<std::int64_t> places_of(const std::vector<Level>& levels) {
  std::vector<std::int64_t> at{0};  // after the levels so far
  for (const Level& level : levels) {
    std::vector<std::int64_t> next;
    for (std::size_t k = 0; k < at.size(); ++k) {
      if (level.lists)
        for (int i = level.segments[k]; i < level.segments[k + 1]; ++i)
          next.push_back(at[k] + level.places[static_cast<std::size_t>(i)] * level.step);
      else
        for (int i = 0; i < level.extent; ++i) next.push_back(at[k] + i * level.step);
    }
    at = std::move(next);
  }
  return at;
}

}  // namespace

std::optional<std::vector<std::byte>> densified(const SparsityTable& table, std::span<const int> shape,
                                                std::span<const std::byte> numbers, std::size_t size) {
  if (shape.empty() || size == 0 || numbers.size() % size != 0) return {};
  const auto levels = levels_of(table, shape);
  std::size_t elements = 1;
  for (const int extent : shape) elements *= static_cast<std::size_t>(extent);
  if (!levels || !fit(*levels, elements, numbers.size() / size)) return {};
  std::vector<std::byte> dense(elements * size);
  std::size_t k = 0;
  for (const std::int64_t at : places_of(*levels))
    std::memcpy(&dense[static_cast<std::size_t>(at) * size], &numbers[k++ * size], size);
  return dense;
}

}  // namespace etch::host::tflite
