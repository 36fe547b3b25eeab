// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace etch::host {

/// One layer of the picture. An empty shape is left out.
struct PlotNode {
  std::string name;
  std::string kind;
  std::string input_shape;
  std::string output_shape;
  std::int64_t parameters = 0;
};

/// An arrow between two nodes, by their positions; the label may be empty.
struct PlotEdge {
  int from = 0;
  int to = 0;
  std::string label{};
};

/// The graph in Graphviz's language. Throws `etch::Error` for an edge of a node that does not exist.
std::string to_dot(std::string_view title, std::span<const PlotNode> nodes, std::span<const PlotEdge> edges);

/// The graph as a picture, laid out from top to bottom: no box overlaps another and no arrow passes through
/// a box. Throws `etch::Error` for an edge of a node that does not exist, and for a cycle.
std::string to_svg(std::string_view title, std::span<const PlotNode> nodes, std::span<const PlotEdge> edges);

/// Writes the graph to a `.dot` or `.svg` file; a failure leaves no half-written file. Throws `etch::Error`.
void write_plot(const std::filesystem::path& path, std::string_view title, std::span<const PlotNode> nodes,
                std::span<const PlotEdge> edges);

}  // namespace etch::host
