// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/layout.hpp>
#include <runtime/host/plot/style.hpp>
#include <runtime/host/plot/wishes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace etch::host::plot {

namespace {

constexpr int box_gap = 28;
constexpr int line_gap = 16;
constexpr int placement_sweeps = 16;
constexpr int aligning_sweeps = 30;
constexpr int straightening_sweeps = 4;

double distance_between(const Vertex& left, const Vertex& right) {
  const int gap = left.box && right.box ? box_gap : line_gap;
  return (left.width + right.width) / 2.0 + gap;
}

/// A little more than needed, so that straightening a column has room for its last fraction of a pixel.
double roomy_distance(const Layout& layout, int left, int right) {
  return distance_between(layout.vertices[index(left)], layout.vertices[index(right)]) + 2;
}

void move_rank(Layout& layout, const std::vector<int>& rank, const std::vector<Wish>& wishes) {
  const std::vector<double> places = place(wishes);
  for (std::size_t i = 0; i < rank.size(); ++i) layout.vertices[index(rank[i])].x = places[i];
}

void add_wish(const Layout& layout, const std::vector<Link>& links, double& sum, double& weight) {
  for (const Link& to : links) {
    sum += to.weight * layout.vertices[index(to.vertex)].x;
    weight += to.weight;
  }
}

enum class Neighbours { above, below, both };

void place_rank(Layout& layout, const std::vector<int>& rank, Neighbours neighbours) {
  std::vector<Wish> wishes;
  for (std::size_t i = 0; i < rank.size(); ++i) {
    const Vertex& vertex = layout.vertices[index(rank[i])];
    double sum = 0;
    double weight = 0;
    if (neighbours != Neighbours::below) add_wish(layout, vertex.up, sum, weight);
    if (neighbours != Neighbours::above) add_wish(layout, vertex.down, sum, weight);
    const double distance = i == 0 ? 0 : roomy_distance(layout, rank[i - 1], rank[i]);
    wishes.push_back(weight > 0 ? Wish{sum / weight, weight, distance}
                                : Wish{vertex.x, skip_weight, distance});
  }
  move_rank(layout, rank, wishes);
}

void sweep_places(Layout& layout, bool down, Neighbours neighbours) {
  for (std::size_t i = 0; i < layout.ranks.size(); ++i) {
    const std::size_t at = down ? i : layout.ranks.size() - 1 - i;
    place_rank(layout, layout.ranks[at], neighbours);
  }
}

/// The link that outweighs all others of `links` together by far; null when none does.
const Link* main_link(const std::vector<Link>& links) {
  const auto heaviest = std::max_element(links.begin(), links.end(),
                                         [](const Link& a, const Link& b) { return a.weight < b.weight; });
  double total = 0;
  for (const Link& to : links) total += to.weight;
  return heaviest == links.end() || heaviest->weight < 0.9 * total ? nullptr : &*heaviest;
}

const Link* link_to_passage(const Layout& layout, const std::vector<Link>& links) {
  const auto found = std::find_if(links.begin(), links.end(),
                                  [&](const Link& to) { return !layout.vertices[index(to.vertex)].box; });
  return found == links.end() ? nullptr : &*found;
}

/// The vertex below that belongs on the same vertical line: the next passage of an arrow, or the box that
/// alone matters to a box as that one does to it. -1 when there is none.
int continuation(const Layout& layout, int v) {
  const Vertex& vertex = layout.vertices[index(v)];
  const Link* down = vertex.box ? main_link(vertex.down) : link_to_passage(layout, vertex.down);
  if (down == nullptr) return -1;
  const Vertex& next = layout.vertices[index(down->vertex)];
  if (next.box != vertex.box) return -1;
  const Link* up = next.box ? main_link(next.up) : &next.up.front();
  return up != nullptr && up->vertex == v ? down->vertex : -1;
}

std::vector<std::vector<int>> find_columns(const Layout& layout) {
  std::vector<bool> taken(layout.vertices.size());
  std::vector<std::vector<int>> columns;
  std::vector<int> starts;
  for (const auto& rank : layout.ranks) starts.insert(starts.end(), rank.begin(), rank.end());
  for (int start : starts) {
    if (taken[index(start)]) continue;
    std::vector<int> column;
    for (int v = start; v >= 0; v = continuation(layout, v)) {
      column.push_back(v);
      taken[index(v)] = true;
    }
    columns.push_back(std::move(column));
  }
  std::stable_sort(columns.begin(), columns.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return columns;
}

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

Range free_range(const Layout& layout, const std::vector<int>& column, const Positions& position) {
  Range range;
  for (int v : column) {
    const Vertex& vertex = layout.vertices[index(v)];
    const std::vector<int>& rank = layout.ranks[index(vertex.rank)];
    const std::size_t at = index(position[index(v)]);
    if (at > 0) {
      const Vertex& left = layout.vertices[index(rank[at - 1])];
      range.low = std::max(range.low, left.x + distance_between(left, vertex));
    }
    if (at + 1 < rank.size()) {
      const Vertex& right = layout.vertices[index(rank[at + 1])];
      range.high = std::min(range.high, right.x - distance_between(vertex, right));
    }
  }
  return range;
}

double wished_column(const Layout& layout, const std::vector<int>& column) {
  double sum = 0;
  double weight = 0;
  add_wish(layout, layout.vertices[index(column.front())].up, sum, weight);
  add_wish(layout, layout.vertices[index(column.back())].down, sum, weight);
  for (int v : column) {
    sum += layout.vertices[index(v)].x * skip_weight;
    weight += skip_weight;
  }
  return sum / weight;
}

/// Puts each column on one vertical line where its neighbours leave room.
void straighten(Layout& layout, const std::vector<std::vector<int>>& columns, const Positions& position) {
  for (const auto& column : columns) {
    const Range range = free_range(layout, column, position);
    if (range.low > range.high) continue;
    const double x = std::clamp(wished_column(layout, column), range.low, range.high);
    for (int v : column) layout.vertices[index(v)].x = x;
  }
}

/// Whole coordinates, from the left margin on; the order and the distances hold after rounding too.
void settle(Layout& layout) {
  double left = std::numeric_limits<double>::infinity();
  double right = 0;
  for (const Vertex& vertex : layout.vertices) left = std::min(left, vertex.x - vertex.width / 2.0);
  for (Vertex& vertex : layout.vertices) {
    vertex.x = std::round(vertex.x - left) + margin;
    right = std::max(right, vertex.x + vertex.width / 2.0);
  }
  layout.width = static_cast<int>(right) + margin;
}

/// Pulls the vertices of each column together; what is in the way of a column of boxes makes room.
void align(Layout& layout, const std::vector<std::vector<int>>& columns) {
  std::vector<Wish> wishes(layout.vertices.size());
  for (const auto& column : columns) {
    double sum = 0;
    for (int v : column) sum += layout.vertices[index(v)].x;
    const double weight = column.size() == 1 ? 1 : layout.vertices[index(column[0])].box ? 1000 : 30;
    for (int v : column) wishes[index(v)] = {sum / static_cast<double>(column.size()), weight, 0};
  }
  for (const auto& rank : layout.ranks) {
    std::vector<Wish> row;
    for (std::size_t i = 0; i < rank.size(); ++i) {
      row.push_back(wishes[index(rank[i])]);
      if (i > 0) row[i].distance = roomy_distance(layout, rank[i - 1], rank[i]);
    }
    move_rank(layout, rank, row);
  }
}

}  // namespace

void place_columns(Layout& layout) {
  const auto columns = find_columns(layout);
  for (int i = 0; i < placement_sweeps; ++i) {
    const bool down = i % 2 == 0;
    const bool one_sided = i < placement_sweeps / 2;
    sweep_places(layout, down, !one_sided ? Neighbours::both : down ? Neighbours::above : Neighbours::below);
  }
  for (int i = 0; i < aligning_sweeps; ++i) align(layout, columns);
  Positions position(layout.vertices.size());
  for (const auto& rank : layout.ranks) number_rank(rank, position);
  for (int i = 0; i < straightening_sweeps; ++i) straighten(layout, columns, position);
  settle(layout);
}

}  // namespace etch::host::plot
