// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/error.hpp>
#include <runtime/host/plot/plot.hpp>

#include <cstddef>

namespace etch::host::plot {

using Nodes = std::span<const PlotNode>;
using Edges = std::span<const PlotEdge>;

inline std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// Throws `Error` for an edge of a node that does not exist.
inline void check_edges(Nodes nodes, Edges edges) {
  const auto count = static_cast<int>(nodes.size());
  for (const PlotEdge& edge : edges) {
    for (int end : {edge.from, edge.to}) {
      if (end >= 0 && end < count) continue;
      throw Error("an arrow of the plot names node " + std::to_string(end) + ", but the graph has " +
                  std::to_string(count) + " nodes");
    }
  }
}

}  // namespace etch::host::plot
