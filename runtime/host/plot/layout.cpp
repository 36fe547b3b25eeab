// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/layout.hpp>
#include <runtime/host/plot/style.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::plot {

namespace {

constexpr int smallest_layer_gap = 36;
constexpr int largest_layer_gap = 100;

/// Room for the arrows to turn: more where they go far to the side.
int gap_below(const Layout& layout, const std::vector<int>& layer) {
  double farthest = 0;
  for (int v : layer) {
    const Vertex& vertex = layout.vertices[index(v)];
    for (const Link& to : vertex.down) {
      farthest = std::max(farthest, std::abs(layout.vertices[index(to.vertex)].x - vertex.x));
    }
  }
  return std::min(smallest_layer_gap + static_cast<int>(farthest * 0.08), largest_layer_gap);
}

void place_layers(Layout& layout, int top) {
  int y = top;
  for (const auto& layer : layout.layers) {
    int height = 0;
    for (int v : layer) height = std::max(height, layout.vertices[index(v)].height);
    for (int v : layer) {
      Vertex& vertex = layout.vertices[index(v)];
      vertex.y = y + (height - vertex.height) / 2;
    }
    layout.layer_top.push_back(y);
    layout.layer_bottom.push_back(y + height);
    y += height + gap_below(layout, layer);
  }
  layout.height = (layout.layers.empty() ? top : layout.layer_bottom.back()) + margin;
}

}  // namespace

Layout lay_out(Nodes nodes, Edges edges, const std::vector<BoxText>& texts, int top) {
  Layout layout;
  add_vertices(layout, nodes, edges, texts);
  fill_layers(layout);
  order_layers(layout);
  place_columns(layout);
  place_layers(layout, top);
  place_all_ends(layout);
  return layout;
}

}  // namespace etch::host::plot
