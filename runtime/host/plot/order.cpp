// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/layout.hpp>

#include <algorithm>
#include <utility>

namespace etch::host::plot {

namespace {

constexpr int ordering_sweeps = 24;

/// The crossings between a rank and the next: inversions, counted with a Fenwick tree.
long long crossings_below(const Layout& layout, std::size_t upper, const Positions& position) {
  std::vector<int> tree(layout.ranks[upper + 1].size() + 1);
  long long crossings = 0;
  long long inserted = 0;
  for (int v : layout.ranks[upper]) {
    std::vector<int> positions;
    for (const Link& to : layout.vertices[index(v)].down) positions.push_back(position[index(to.vertex)]);
    for (int at : positions) {
      long long not_right = 0;
      for (int i = at + 1; i > 0; i -= i & -i) not_right += tree[index(i)];
      crossings += inserted - not_right;
    }
    for (int at : positions) {
      for (int i = at + 1; index(i) < tree.size(); i += i & -i) ++tree[index(i)];
    }
    inserted += static_cast<long long>(positions.size());
  }
  return crossings;
}

long long count_crossings(const Layout& layout, const Positions& position) {
  long long crossings = 0;
  for (std::size_t i = 0; i + 1 < layout.ranks.size(); ++i) crossings += crossings_below(layout, i, position);
  return crossings;
}

void sort_by_barycentre(std::vector<int>& rank, const Layout& layout, Positions& position, bool from_above) {
  std::vector<std::pair<double, int>> keyed;
  for (int v : rank) {
    const Vertex& vertex = layout.vertices[index(v)];
    const std::vector<Link>& links = from_above ? vertex.up : vertex.down;
    double sum = 0;
    for (const Link& to : links) sum += position[index(to.vertex)];
    keyed.emplace_back(links.empty() ? position[index(v)] : sum / static_cast<double>(links.size()), v);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < rank.size(); ++i) rank[i] = keyed[i].second;
  number_rank(rank, position);
}

}  // namespace

void number_rank(const std::vector<int>& rank, Positions& position) {
  for (std::size_t i = 0; i < rank.size(); ++i) position[index(rank[i])] = static_cast<int>(i);
}

void order_ranks(Layout& layout) {
  Positions position(layout.vertices.size());
  for (const auto& rank : layout.ranks) number_rank(rank, position);
  auto best = layout.ranks;
  long long fewest = count_crossings(layout, position);
  for (int sweep = 0; sweep < ordering_sweeps && fewest > 0; ++sweep) {
    const bool down = sweep % 2 == 0;
    for (std::size_t i = 0; i < layout.ranks.size(); ++i) {
      const std::size_t at = down ? i : layout.ranks.size() - 1 - i;
      sort_by_barycentre(layout.ranks[at], layout, position, down);
    }
    const long long crossings = count_crossings(layout, position);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layout.ranks;
  }
  layout.ranks = std::move(best);
}

}  // namespace etch::host::plot
