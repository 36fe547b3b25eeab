// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/layout.hpp>
#include <runtime/host/plot/plot.hpp>
#include <runtime/host/plot/style.hpp>
#include <runtime/host/plot/text.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host {

namespace {

using namespace plot;

void put_text(std::string& svg, std::string_view style, int x, int y, std::string_view text) {
  svg += "<text class=\"" + std::string(style) + "\" x=\"" + std::to_string(x) + "\" y=\"" +
         std::to_string(y) + "\">" + escape_xml(text) + "</text>\n";
}

void put_rect(std::string& svg, std::string_view style, int x, int y, int width, int height) {
  svg += "<rect class=\"" + std::string(style) + "\" x=\"" + std::to_string(x) + "\" y=\"" +
         std::to_string(y) + "\" width=\"" + std::to_string(width) + "\" height=\"" + std::to_string(height) +
         "\"/>\n";
}

int put_lines(std::string& svg, std::string_view style, int x, int y, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    put_text(svg, style, x, y, line);
    y += line_height;
  }
  return y;
}

constexpr int baseline = padding / 2 + 13;

void put_box(std::string& svg, const Vertex& vertex, const BoxText& text) {
  const int header = header_height(text);
  put_rect(svg, "box", vertex.left(), vertex.y, vertex.width, vertex.height);
  put_rect(svg, "header", vertex.left(), vertex.y, vertex.width, header);
  const int middle = static_cast<int>(vertex.x);
  int y = put_lines(svg, "name", middle, vertex.y + baseline, text.name);
  put_lines(svg, "kind", middle, y, text.kind);
  y = vertex.y + header + baseline;
  const int x = vertex.left() + padding;
  if (!text.input.empty()) put_text(svg, "what", x, y, "Input");
  y = put_lines(svg, "shape", x + shape_indent, y, text.input);
  if (!text.output.empty()) put_text(svg, "what", x, y, "Output");
  put_lines(svg, "shape", x + shape_indent, y, text.output);
}

/// Extends a path that ends at (`x`, `y`) down to (`next_x`, `next_y`), leaving and arriving vertically.
void put_turn(std::string& path, int x, int y, int next_x, int next_y) {
  if (x == next_x) return;
  const std::string middle = std::to_string((y + next_y) / 2);
  path += " V" + std::to_string(y) + " C" + std::to_string(x) + "," + middle + " " + std::to_string(next_x) +
          "," + middle + " " + std::to_string(next_x) + "," + std::to_string(next_y);
}

std::string arrow_path(const Layout& layout, const Route& route) {
  const Vertex& from = layout.vertices[index(route.vertices.front())];
  const Vertex& to = layout.vertices[index(route.vertices.back())];
  std::string path = "M" + std::to_string(route.start_x) + "," + std::to_string(from.y + from.height);
  int x = route.start_x;
  for (std::size_t i = 1; i < route.vertices.size(); ++i) {
    const Vertex& vertex = layout.vertices[index(route.vertices[i])];
    const int next_x = vertex.box ? route.end_x : static_cast<int>(vertex.x);
    put_turn(path, x, layout.rank_bottom[index(vertex.rank - 1)], next_x,
             layout.rank_top[index(vertex.rank)]);
    x = next_x;
  }
  return path + " V" + std::to_string(to.y);
}

void put_arrow(std::string& svg, const Layout& layout, const Route& route, const PlotEdge& edge) {
  svg += "<path class=\"edge\" data-from=\"" + std::to_string(edge.from) + "\" data-to=\"" +
         std::to_string(edge.to) + "\" d=\"" + arrow_path(layout, route) + "\"/>\n";
  const Vertex& to = layout.vertices[index(route.vertices.back())];
  svg += "<path class=\"tip\" d=\"M" + std::to_string(route.end_x) + "," + std::to_string(to.y) +
         " l-4,-9 h8 z\"/>\n";
}

void put_label(std::string& svg, const Layout& layout, const Route& route, const PlotEdge& edge) {
  if (edge.label.empty()) return;
  const Vertex& label = layout.vertices[index(route.vertices[route.vertices.size() - 2])];
  put_rect(svg, "paper", label.left(), label.y, label.width, label.height);
  put_text(svg, "label", static_cast<int>(label.x), label.y + 12, edge.label);
}

void put_head(std::string& svg, const std::string& width, const std::string& height, std::string_view title) {
  svg += "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
         "\" viewBox=\"0 0 " + width + " " + height + "\">\n";
  if (!title.empty()) svg += "<title>" + escape_xml(title) + "</title>\n";
  svg +=
      "<style>\n"
      "text { font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; font-size: 12px; fill: #1f2933; }\n"
      ".paper { fill: #ffffff; }\n"
      ".title { font-size: 16px; font-weight: bold; text-anchor: middle; }\n"
      ".box { fill: #ffffff; stroke: #1f2933; stroke-width: 1.2; }\n"
      ".header { fill: #1f2933; }\n"
      ".name { font-size: 13px; font-weight: bold; fill: #ffffff; text-anchor: middle; }\n"
      ".kind { fill: #d3dae2; text-anchor: middle; }\n"
      ".what { fill: #6b7785; }\n"
      ".label { font-size: 11px; fill: #465362; text-anchor: middle; }\n"
      ".edge { fill: none; stroke: #52606d; stroke-width: 1.4; }\n"
      ".tip { fill: #52606d; }\n"
      "</style>\n";
}

std::vector<std::string> title_lines(std::string_view title) {
  return wrap_text(title, title_size, true, 2 * widest_text);
}

constexpr int title_height = 22;

}  // namespace

std::string to_svg(std::string_view title, std::span<const PlotNode> nodes, std::span<const PlotEdge> edges) {
  check_edges(nodes, edges);
  std::vector<BoxText> texts;
  for (const PlotNode& node : nodes) texts.push_back(box_text(node));
  const std::vector<std::string> titles = title_lines(title);
  const int top = margin + static_cast<int>(titles.size()) * title_height + (titles.empty() ? 0 : padding);
  const Layout layout = lay_out(nodes, edges, texts, top);

  const int narrowest = static_cast<int>(std::ceil(widest(titles, title_size, true))) + 2 * margin;
  const int width = std::max(layout.width, narrowest);
  // A picture narrower than its title stands in the middle below it.
  const int shift = (width - layout.width) / 2;
  std::string svg;
  put_head(svg, std::to_string(width), std::to_string(layout.height), title);
  put_rect(svg, "paper", 0, 0, width, layout.height);
  for (std::size_t i = 0; i < titles.size(); ++i) {
    put_text(svg, "title", width / 2, margin + 14 + static_cast<int>(i) * title_height, titles[i]);
  }
  svg += "<g transform=\"translate(" + std::to_string(shift) + ",0)\">\n";
  for (std::size_t i = 0; i < edges.size(); ++i) put_arrow(svg, layout, layout.routes[i], edges[i]);
  for (std::size_t i = 0; i < edges.size(); ++i) put_label(svg, layout, layout.routes[i], edges[i]);
  for (std::size_t i = 0; i < nodes.size(); ++i) put_box(svg, layout.vertices[i], texts[i]);
  return svg + "</g>\n</svg>\n";
}

}  // namespace etch::host
