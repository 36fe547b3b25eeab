// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/layout.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

namespace {}  // namespace

Layout::Layout(const Dims& dims) {
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (dims[i] > 1) atoms_.push_back({static_cast<int>(dims[i]), static_cast<int>(i)});
  order_.resize(atoms_.size());
  std::iota(order_.begin(), order_.end(), 0);
}

Layout::Layout(const Dims& dims, const std::vector<int>& order) : Layout(dims) { *this = ordered(order); }

bool Layout::is_natural() const { return std::ranges::is_sorted(order_); }

bool Layout::is_plain(int axis) const { return std::ranges::count(atoms_, axis, &Atom::axis) <= 1; }

Layout Layout::ordered(const std::vector<int>& axes) const {
  Layout to = *this;
  to.order_.clear();
  for (const int axis : axes)
    for (std::size_t a = 0; a < atoms_.size(); ++a)
      if (atoms_[a].axis == axis) to.order_.push_back(static_cast<int>(a));
  return to;
}

Layout Layout::transposed(const std::vector<int>& axes) const {
  Layout to;
  std::vector<int> place(atoms_.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    for (std::size_t a = 0; a < atoms_.size(); ++a)
      if (atoms_[a].axis == axes[i]) {
        place[a] = static_cast<int>(to.atoms_.size());
        to.atoms_.push_back({atoms_[a].extent, static_cast<int>(i)});
      }
  for (const int a : order_) to.order_.push_back(place[at(a)]);
  return to;
}

void Layout::split(std::size_t a, int outer) {
  const int inner = atoms_[a].extent / outer;
  atoms_[a].extent = outer;
  atoms_.insert(atoms_.begin() + static_cast<std::ptrdiff_t>(a) + 1, Atom{inner, atoms_[a].axis});
  std::vector<int> order;
  for (const int o : order_) {
    order.push_back(o > static_cast<int>(a) ? o + 1 : o);
    if (o == static_cast<int>(a)) order.push_back(o + 1);
  }
  order_ = std::move(order);
}

std::optional<Layout> Layout::reshaped(const Dims& dims) const {
  Layout to = *this;
  std::size_t a = 0;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    std::int64_t open = dims[i];
    while (open > 1) {
      if (a == to.atoms_.size()) return {};
      const int extent = to.atoms_[a].extent;
      if (extent > open) {
        if (extent % open != 0) return {};
        to.split(a, static_cast<int>(open));
      } else if (open % extent != 0) {
        return {};
      }
      open /= to.atoms_[a].extent;
      to.atoms_[a++].axis = static_cast<int>(i);
    }
  }
  if (a != to.atoms_.size()) return {};
  to.join();
  return to;
}

Layout Layout::with_extent(int axis, int extent) const {
  Layout to;
  std::vector<int> place(atoms_.size(), -1);
  bool placed = false;
  for (std::size_t a = 0; a < atoms_.size(); ++a) {
    if (atoms_[a].axis == axis && (placed || extent == 1)) continue;
    place[a] = static_cast<int>(to.atoms_.size());
    to.atoms_.push_back({atoms_[a].axis == axis ? extent : atoms_[a].extent, atoms_[a].axis});
    placed = placed || atoms_[a].axis == axis;
  }
  for (const int a : order_)
    if (place[at(a)] >= 0) to.order_.push_back(place[at(a)]);
  if (placed || extent == 1) return to;
  // An axis of 1 lies nowhere: it goes where its left neighbour is not.
  const auto next = std::ranges::find_if(to.atoms_, [&](const Atom& a) { return a.axis > axis; });
  const int index = static_cast<int>(next - to.atoms_.begin());
  to.atoms_.insert(next, {extent, axis});
  for (int& o : to.order_) o += o >= index;
  const auto before = std::ranges::find(to.order_, index - 1);
  to.order_.insert(index == 0 || before == to.order_.end() ? to.order_.begin() : before + 1, index);
  return to;
}

Layout Layout::with_innermost(int axis, int extent) const {
  Layout to = *this;
  to.order_.push_back(static_cast<int>(to.atoms_.size()));
  to.atoms_.push_back({extent, axis});
  return to;
}

void Layout::join() {
  for (std::size_t i = 0; i + 1 < order_.size();) {
    const int a = order_[i], b = order_[i + 1];
    if (b != a + 1 || atoms_[at(a)].axis != atoms_[at(b)].axis) {
      ++i;
      continue;
    }
    atoms_[at(a)].extent *= atoms_[at(b)].extent;
    atoms_.erase(atoms_.begin() + b);
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    for (int& o : order_) o -= o > b;
  }
}

bool Layout::cut_like(const Layout& like) {
  for (std::size_t a = 0, b = 0; a < atoms_.size() && b < like.atoms_.size();) {
    const Atom &mine = atoms_[a], &other = like.atoms_[b];
    if (mine.axis != other.axis) {
      (mine.axis < other.axis ? a : b)++;
      continue;
    }
    if (mine.extent > other.extent) {
      if (mine.extent % other.extent != 0) return false;
      split(a, other.extent);
    } else if (mine.extent < other.extent) {
      return false;
    }
    ++a;
    ++b;
  }
  return true;
}

std::vector<int> Layout::strides() const {
  std::vector<int> strides(atoms_.size());
  int stride = 1;
  for (std::size_t i = order_.size(); i-- > 0;) {
    strides[at(order_[i])] = stride;
    stride *= atoms_[at(order_[i])].extent;
  }
  return strides;
}

std::optional<Layout::Block> Layout::block_of(std::span<const int> axes) const {
  Block block;
  int part = 0;  // before, in, or after the block
  for (const int o : order_) {
    const bool in = std::ranges::find(axes, atoms_[at(o)].axis) != axes.end();
    if (in && part == 2) return {};
    part = in ? 1 : part == 1 ? 2 : part;
    (part == 0 ? block.outside : part == 1 ? block.extent : block.inside) *= atoms_[at(o)].extent;
  }
  if (part == 0) std::swap(block.outside, block.inside);  // all of extent 1: anywhere
  return block;
}

std::vector<int> Layout::axes_in_memory() const {
  std::vector<int> axes;
  for (const int o : order_)
    if (std::ranges::find(axes, atoms_[at(o)].axis) == axes.end()) axes.push_back(atoms_[at(o)].axis);
  return axes;
}

}  // namespace etch::host::onnx
