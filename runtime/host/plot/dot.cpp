// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/box.hpp>
#include <runtime/host/plot/graph.hpp>
#include <runtime/host/plot/plot.hpp>
#include <runtime/host/plot/text.hpp>

namespace etch::host {

namespace {

using namespace plot;

std::string dot_quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const char32_t c = take_character(text);
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    put_utf8(quoted, c);
  }
  return quoted + '"';
}

void put_dot_shape(std::string& dot, std::string_view what, const std::string& shape) {
  if (shape.empty()) return;
  dot += "<TR><TD ALIGN=\"LEFT\">" + std::string(what) + " " + escape_xml(shape) + "</TD></TR>";
}

std::string dot_label(const PlotNode& node) {
  std::string dot = "<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"6\">";
  dot += "<TR><TD BGCOLOR=\"#1f2933\"><FONT COLOR=\"white\">";
  if (!node.name.empty()) dot += "<B>" + escape_xml(node.name) + "</B><BR/>";
  dot += escape_xml(kind_line(node)) + "</FONT></TD></TR>";
  put_dot_shape(dot, "Input:", node.input_shape);
  put_dot_shape(dot, "Output:", node.output_shape);
  return dot + "</TABLE>>";
}

}  // namespace

std::string to_dot(std::string_view title, std::span<const PlotNode> nodes, std::span<const PlotEdge> edges) {
  check_edges(nodes, edges);
  std::string dot = "digraph " + dot_quoted(title) + " {\n";
  dot +=
      "  graph [rankdir=TB, bgcolor=white, labelloc=t, fontname=\"Helvetica\", label=" + dot_quoted(title) +
      "];\n";
  dot += "  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n";
  dot += "  edge [color=\"#52606d\", fontname=\"Helvetica\", fontsize=10];\n";
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    dot += "  n" + std::to_string(i) + " [label=" + dot_label(nodes[i]) + "];\n";
  }
  for (const PlotEdge& edge : edges) {
    dot += "  n" + std::to_string(edge.from) + " -> n" + std::to_string(edge.to);
    if (!edge.label.empty()) dot += " [label=" + dot_quoted(edge.label) + "]";
    dot += ";\n";
  }
  return dot + "}\n";
}

}  // namespace etch::host
