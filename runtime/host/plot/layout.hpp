// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/plot/box.hpp>
#include <runtime/host/plot/graph.hpp>

#include <vector>

namespace etch::host::plot {

/// One end of a line between vertices of neighbouring ranks, and how much it wants to be short.
struct Link {
  int vertex;
  double weight;
};

/// A box, or a place where a long arrow passes a rank: arrows then only run between neighbouring ranks, and
/// within a rank they run straight down beside the boxes.
struct Vertex {
  int rank = 0;
  bool box = false;
  int width = 2;
  int height = 0;
  double x = 0;
  int y = 0;
  std::vector<Link> up;
  std::vector<Link> down;

  int left() const { return static_cast<int>(x) - width / 2; }
};

/// An arrow, from box to box by way of its passages.
struct Route {
  std::vector<int> vertices;
  int start_x = 0;
  int end_x = 0;
};

struct Layout {
  std::vector<Vertex> vertices;
  std::vector<std::vector<int>> ranks;
  std::vector<Route> routes;
  std::vector<int> rank_top;
  std::vector<int> rank_bottom;
  int width = 0;
  int height = 0;
};

/// By vertex, its place within its rank.
using Positions = std::vector<int>;

/// A small weight keeps a skip connection from pulling the boxes beside it out of their column. An arrow that
/// is the only one of its node is no skip connection but a branch, however long.
inline constexpr double branch_weight = 1;
inline constexpr double skip_weight = 0.001;

/// Boxes with their sizes, and the passages of long arrows, from rank to rank.
void add_vertices(Layout& layout, Nodes nodes, Edges edges, const std::vector<BoxText>& texts);
/// The first order of each rank: as a walk down from the inputs meets the vertices.
void fill_ranks(Layout& layout);
/// Orders each rank so that few arrows cross.
void order_ranks(Layout& layout);
void number_rank(const std::vector<int>& rank, Positions& position);
/// Gives every vertex its place from left to right.
void place_columns(Layout& layout);
/// Gives every arrow the places where it leaves and meets boxes.
void place_all_ports(Layout& layout);

/// The whole layout below `top`. Throws `Error` for a cycle.
Layout lay_out(Nodes nodes, Edges edges, const std::vector<BoxText>& texts, int top);

}  // namespace etch::host::plot
