// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/array.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace etch::host::onnx {

/// An axis that is there, as an index.
inline std::size_t at(int axis) { return static_cast<std::size_t>(axis); }

/// A part of an axis that stays together, wherever it lies: axes of a reshaped value have several.
struct Atom {
  int extent = 1, axis = 0;
  bool operator==(const Atom&) const = default;
};

/// Where a value's numbers lie. ONNX counts them row by row in the order of the axes; Etch has channels last.
/// So a value remembers in which order its axes lie in memory: a transposition only renames axes, a reshaping
/// cuts and joins them, and neither moves a number. What needs another order moves them, once.
class Layout {
 public:
  Layout() = default;
  /// Row by row.
  explicit Layout(const Dims& dims);
  /// The axes of `order`, outermost first, each named once.
  Layout(const Dims& dims, const std::vector<int>& order);

  /// Of extents above 1 only, in the order of the axes, and of what lies outside within one.
  const std::vector<Atom>& atoms() const { return atoms_; }
  /// Which atoms lie in memory one inside the other, outermost first.
  const std::vector<int>& order() const { return order_; }
  bool is_natural() const;
  /// Whether an axis is in one piece.
  bool is_plain(int axis) const;
  /// \param order names each atom once.
  void set_order(std::vector<int> order) { order_ = std::move(order); }

  /// Axis `axes[i]` is axis i.
  Layout transposed(const std::vector<int>& axes) const;
  /// Nothing where the extents cut through an axis that lies apart from its neighbour.
  std::optional<Layout> reshaped(const Dims& dims) const;
  /// Of what remains when `axis` has the extent 1, or another: its atoms become one, where the first lay.
  Layout with_extent(int axis, int extent) const;
  /// With one more axis, the last of all, inside of the others.
  Layout with_innermost(int axis, int extent) const;
  /// Atoms that lie as they are counted are one. Cut to the same extents as `like` along each axis where that
  /// is possible.
  void join();
  bool cut_like(const Layout& like);

  /// Elements from one number of an atom to the next, by atom.
  std::vector<int> strides() const;
  /// The extents of `axes` in one block of memory, between what lies outside and inside of them; nothing
  /// where they lie apart.
  struct Block {
    int outside = 1, extent = 1, inside = 1;
  };
  std::optional<Block> block_of(std::span<const int> axes) const;
  /// The places of an axis in memory, outermost first; for channels last and the like.
  std::vector<int> axes_in_memory() const;
  /// With the axes in another order; atoms of one axis stay in theirs.
  Layout ordered(const std::vector<int>& axes) const;

  bool operator==(const Layout&) const = default;

 private:
  /// Splits atom `a` into an outer part and an inner one.
  void split(std::size_t a, int outer);

  std::vector<Atom> atoms_;
  std::vector<int> order_;
};

}  // namespace etch::host::onnx
