// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/shape.hpp>

namespace etch {

/// One axis of a layer's input or several, counted as Keras does: 1 is the first (0 is the batch), negative
/// ones count from the last.
struct Axes {
  int item[Shape::max_rank]{};
  int count = 0;

  constexpr Axes() = default;
  constexpr Axes(int axis) : item{axis}, count(1) {}
  constexpr Axes(std::initializer_list<int> axes) {
    for (int axis : axes) {
      if (count < Shape::max_rank) item[count] = axis;
      ++count;
    }
  }

  /// The position of an axis in a shape of `rank` axes; outside of 0 to rank - 1 where it has no such axis.
  static constexpr int position(int axis, int rank) { return axis < 0 ? axis + rank : axis - 1; }

  /// The first axis that a shape of `rank` axes does not have, or `none`.
  constexpr int wrong(int rank, int none) const {
    for (int i = 0; i < count && i < Shape::max_rank; ++i)
      if (position(item[i], rank) < 0 || position(item[i], rank) >= rank) return item[i];
    return count > rank ? count : none;
  }
  constexpr bool inside(int rank) const { return wrong(rank, -100) == -100; }
  constexpr bool has(int at, int rank) const {
    for (int i = 0; i < count && i < Shape::max_rank; ++i)
      if (position(item[i], rank) == at) return true;
    return false;
  }
  /// Whether they are the last axes of a shape, in any order.
  constexpr bool trailing(int rank) const {
    if (count < 1 || !inside(rank)) return false;
    for (int i = rank - count; i < rank; ++i)
      if (!has(i, rank)) return false;
    return true;
  }
};

}  // namespace etch
