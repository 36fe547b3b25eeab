// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/layout.hpp>
#include <runtime/host/plot/style.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::plot {

namespace {

constexpr int smallest_rank_gap = 36;
constexpr int largest_rank_gap = 100;

/// Room for the arrows to turn: more where they go far to the side.
int gap_below(const Layout& layout, const std::vector<int>& rank) {
  double farthest = 0;
  for (int v : rank) {
    const Vertex& vertex = layout.vertices[index(v)];
    for (const Link& to : vertex.down) {
      farthest = std::max(farthest, std::abs(layout.vertices[index(to.vertex)].x - vertex.x));
    }
  }
  return std::min(smallest_rank_gap + static_cast<int>(farthest * 0.08), largest_rank_gap);
}

void place_ranks(Layout& layout, int top) {
  int y = top;
  for (const auto& rank : layout.ranks) {
    int height = 0;
    for (int v : rank) height = std::max(height, layout.vertices[index(v)].height);
    for (int v : rank) {
      Vertex& vertex = layout.vertices[index(v)];
      vertex.y = y + (height - vertex.height) / 2;
    }
    layout.rank_top.push_back(y);
    layout.rank_bottom.push_back(y + height);
    y += height + gap_below(layout, rank);
  }
  layout.height = (layout.ranks.empty() ? top : layout.rank_bottom.back()) + margin;
}

}  // namespace

Layout lay_out(Nodes nodes, Edges edges, const std::vector<BoxText>& texts, int top) {
  Layout layout;
  add_vertices(layout, nodes, edges, texts);
  fill_ranks(layout);
  order_ranks(layout);
  place_columns(layout);
  place_ranks(layout, top);
  place_all_ports(layout);
  return layout;
}

}  // namespace etch::host::plot
