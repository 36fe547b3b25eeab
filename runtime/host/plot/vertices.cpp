// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/error.hpp>
#include <runtime/host/plot/layout.hpp>
#include <runtime/host/plot/style.hpp>
#include <runtime/host/plot/text.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace etch::host::plot {

namespace {

/// Ranks an arrow spans at least: one with a label has a rank of its own for the label.
int shortest_span(const PlotEdge& edge) { return edge.label.empty() ? 1 : 2; }

std::vector<int> topological_order(Nodes nodes, Edges edges) {
  std::vector<int> missing(nodes.size());
  std::vector<std::vector<int>> next(nodes.size());
  for (const PlotEdge& edge : edges) {
    ++missing[index(edge.to)];
    next[index(edge.from)].push_back(edge.to);
  }
  std::vector<int> order;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] == 0) order.push_back(static_cast<int>(i));
  }
  for (std::size_t done = 0; done < order.size(); ++done) {
    for (int to : next[index(order[done])]) {
      if (--missing[index(to)] == 0) order.push_back(to);
    }
  }
  if (order.size() == nodes.size()) return order;
  const auto stuck = std::find_if(missing.begin(), missing.end(), [](int count) { return count > 0; });
  throw Error("the graph cannot be plotted: its arrows form a cycle that leads to node '" +
              nodes[static_cast<std::size_t>(stuck - missing.begin())].name + "'");
}

struct EdgesOfNode {
  std::vector<int> in;
  std::vector<int> out;
};

std::vector<EdgesOfNode> edges_of_nodes(Nodes nodes, Edges edges) {
  std::vector<EdgesOfNode> of(nodes.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    of[index(edges[i].from)].out.push_back(static_cast<int>(i));
    of[index(edges[i].to)].in.push_back(static_cast<int>(i));
  }
  return of;
}

/// The longest path to each node; then a node with more arrows out than in moves down to its consumers, which
/// makes its arrows shorter.
std::vector<int> assign_ranks(Nodes nodes, Edges edges) {
  const std::vector<int> order = topological_order(nodes, edges);
  const std::vector<EdgesOfNode> of = edges_of_nodes(nodes, edges);
  std::vector<int> rank(nodes.size());
  for (int node : order) {
    for (int e : of[index(node)].out) {
      const PlotEdge& edge = edges[index(e)];
      int& to = rank[index(edge.to)];
      to = std::max(to, rank[index(node)] + shortest_span(edge));
    }
  }
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    const EdgesOfNode& own = of[index(*node)];
    if (own.out.size() <= own.in.size()) continue;
    int lowest = std::numeric_limits<int>::max();
    for (int e : own.out) {
      const PlotEdge& edge = edges[index(e)];
      lowest = std::min(lowest, rank[index(edge.to)] - shortest_span(edge));
    }
    rank[index(*node)] = lowest;
  }
  return rank;
}

void link(Layout& layout, int from, int to, double weight) {
  layout.vertices[index(from)].down.push_back({to, weight});
  layout.vertices[index(to)].up.push_back({from, weight});
}

int add_passage(Layout& layout, int above, double weight) {
  Vertex passage;
  passage.rank = layout.vertices[index(above)].rank + 1;
  layout.vertices.push_back(std::move(passage));
  const int added = static_cast<int>(layout.vertices.size()) - 1;
  link(layout, above, added, weight);
  return added;
}

/// The passages of one arrow. Arrows without labels from one node are one tensor: they share a line until
/// each turns off.
Route make_route(Layout& layout, const PlotEdge& edge, bool only, std::vector<int>& shared) {
  std::vector<int> own;
  std::vector<int>& passages = edge.label.empty() ? shared : own;
  const int span = layout.vertices[index(edge.to)].rank - layout.vertices[index(edge.from)].rank;
  const double weight = only || span == 1 ? branch_weight : skip_weight;
  while (static_cast<int>(passages.size()) < span - 1) {
    passages.push_back(add_passage(layout, passages.empty() ? edge.from : passages.back(), weight));
  }
  Route route;
  route.vertices.push_back(edge.from);
  route.vertices.insert(route.vertices.end(), passages.begin(), passages.begin() + (span - 1));
  link(layout, route.vertices.back(), edge.to, weight);
  route.vertices.push_back(edge.to);
  if (edge.label.empty()) return route;
  Vertex& label = layout.vertices[index(passages.back())];
  label.width = 2 * static_cast<int>(std::ceil(text_width(edge.label, label_size) / 2)) + 8;
  label.height = line_height;
  return route;
}

}  // namespace

void add_vertices(Layout& layout, Nodes nodes, Edges edges, const std::vector<BoxText>& texts) {
  const std::vector<int> rank = assign_ranks(nodes, edges);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Vertex vertex;
    vertex.rank = rank[i];
    vertex.box = true;
    vertex.width = box_width(texts[i]);
    vertex.height = box_height(texts[i]);
    layout.vertices.push_back(std::move(vertex));
  }
  std::vector<std::vector<int>> shared(nodes.size());
  const std::vector<EdgesOfNode> of = edges_of_nodes(nodes, edges);
  for (const PlotEdge& edge : edges) {
    const std::size_t from = index(edge.from);
    layout.routes.push_back(make_route(layout, edge, of[from].out.size() == 1, shared[from]));
  }
}

void fill_ranks(Layout& layout) {
  int last = -1;
  for (const Vertex& vertex : layout.vertices) last = std::max(last, vertex.rank);
  layout.ranks.resize(index(last + 1));
  std::vector<bool> seen(layout.vertices.size());
  std::vector<int> stack;
  for (std::size_t start = 0; start < layout.vertices.size(); ++start) {
    if (!layout.vertices[start].up.empty()) continue;
    stack.push_back(static_cast<int>(start));
    while (!stack.empty()) {
      const int v = stack.back();
      stack.pop_back();
      if (seen[index(v)]) continue;
      seen[index(v)] = true;
      const Vertex& vertex = layout.vertices[index(v)];
      layout.ranks[index(vertex.rank)].push_back(v);
      for (auto next = vertex.down.rbegin(); next != vertex.down.rend(); ++next)
        stack.push_back(next->vertex);
    }
  }
}

}  // namespace etch::host::plot
