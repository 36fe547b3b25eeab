// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/console/summary.hpp>
#include <runtime/host/plot/box.hpp>
#include <runtime/host/plot/style.hpp>
#include <runtime/host/plot/text.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::plot {

std::string kind_line(const PlotNode& node) {
  std::string text = node.kind;
  if (node.parameters > 0) {
    if (!text.empty()) text += " · ";
    text += with_commas(node.parameters) + (node.parameters == 1 ? " param" : " params");
  }
  return text;
}

BoxText box_text(const PlotNode& node) {
  return {wrap_text(node.name, name_size, true, widest_text),
          wrap_text(kind_line(node), text_size, false, widest_text),
          wrap_text(node.input_shape, text_size, false, widest_text),
          wrap_text(node.output_shape, text_size, false, widest_text)};
}

int box_width(const BoxText& text) {
  const double header = std::max(widest(text.name, name_size, true), widest(text.kind, text_size));
  const double shapes =
      std::max(widest(text.input, text_size), widest(text.output, text_size)) + shape_indent;
  const double width = std::max({header, text.shape_lines() > 0 ? shapes : 0.0, 60.0});
  return 2 * static_cast<int>(std::ceil(width / 2)) + 2 * padding;
}

int header_height(const BoxText& text) { return std::max(text.header_lines(), 1) * line_height + padding; }

int box_height(const BoxText& text) {
  const int shapes = text.shape_lines() > 0 ? text.shape_lines() * line_height + padding : 0;
  return header_height(text) + shapes;
}

}  // namespace etch::host::plot
