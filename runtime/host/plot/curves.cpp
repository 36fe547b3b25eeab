// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/curves.hpp>
#include <runtime/host/plot/text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace etch::host {

namespace {

using plot::escape_xml;

constexpr int left = 70, top = 50, plot_width = 460, plot_height = 200, gap = 60, legend_width = 190,
              tick_size = 5;
constexpr int panel_height = plot_height + gap;
constexpr std::array colors{"#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568"};

struct Range {
  double low = 0, high = 1;
};

/// The range of all finite values, never empty.
Range range_of(const CurvePanel& panel) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Curve& curve : panel.curves)
    for (const float value : curve.values) {
      if (!std::isfinite(value)) continue;
      range.low = std::min(range.low, static_cast<double>(value));
      range.high = std::max(range.high, static_cast<double>(value));
    }
  if (range.low > range.high) return {};
  if (range.low == range.high) {
    const double margin = range.low == 0 ? 1 : std::abs(range.low) / 10;
    return {range.low - margin, range.high + margin};
  }
  return range;
}

/// 1, 2 or 5 times a power of ten: at most `most` such steps fit the range.
double step_of(double range, int most) {
  const double power = std::pow(10.0, std::floor(std::log10(range / most)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (range / (factor * power) <= most) return factor * power;
  return 10 * power;
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}
std::string pixel(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::size_t epochs_of(const CurvePanel& panel) {
  std::size_t epochs = 0;
  for (const Curve& curve : panel.curves) epochs = std::max(epochs, curve.values.size());
  return epochs;
}

/// Where the numbers of a panel lie in the picture.
struct Scale {
  Range range;
  double epochs = 1;  ///< the last one
  int top_edge = 0;
  double x(double epoch) const { return left + plot_width * epoch / epochs; }
  double y(double value) const {
    return top_edge + plot_height * (range.high - value) / (range.high - range.low);
  }
};

void put_text(std::string& svg, std::string_view style, double x, double y, std::string_view text) {
  svg += "<text class=\"" + std::string(style) + "\" x=\"" + pixel(x) + "\" y=\"" + pixel(y) + "\">" +
         escape_xml(text) + "</text>\n";
}

void put_line(std::string& svg, double x1, double y1, double x2, double y2) {
  svg += "<path class=\"grid\" d=\"M" + pixel(x1) + "," + pixel(y1) + " L" + pixel(x2) + "," + pixel(y2) +
         "\"/>\n";
}

void put_scales(std::string& svg, const Scale& scale) {
  const double step = step_of(scale.range.high - scale.range.low, 5);
  for (double tick = std::ceil(scale.range.low / step) * step; tick <= scale.range.high + step / 1000;
       tick += step) {
    const double value = std::abs(tick) < step / 1000 ? 0 : tick;
    put_line(svg, left, scale.y(value), left + plot_width, scale.y(value));
    put_text(svg, "value", left - tick_size, scale.y(value) + 4, number_text(value));
  }
  const double epochs = std::max(1.0, step_of(scale.epochs, 8));
  for (double epoch = 0; epoch <= scale.epochs; epoch += epochs)
    put_text(svg, "epoch", scale.x(epoch), scale.top_edge + plot_height + 16, number_text(epoch));
  svg += "<rect class=\"frame\" x=\"" + std::to_string(left) + "\" y=\"" + std::to_string(scale.top_edge) +
         "\" width=\"" + std::to_string(plot_width) + "\" height=\"" + std::to_string(plot_height) + "\"/>\n";
}

/// A line through the finite values; one that stands alone is a dot.
std::string path_of(const Curve& curve, const Scale& scale) {
  std::string path;
  bool drawing = false;
  for (std::size_t i = 0; i < curve.values.size(); ++i) {
    if (!std::isfinite(curve.values[i])) {
      drawing = false;
      continue;
    }
    const std::string at =
        pixel(scale.x(static_cast<double>(i))) + "," + pixel(scale.y(static_cast<double>(curve.values[i])));
    const bool alone = !drawing && (i + 1 == curve.values.size() || !std::isfinite(curve.values[i + 1]));
    path += (path.empty() ? "" : " ") + std::string(drawing ? "L" : "M") + at + (alone ? " h0.1" : "");
    drawing = true;
  }
  return path;
}

void put_panel(std::string& svg, const CurvePanel& panel, int top_edge) {
  const std::size_t epochs = epochs_of(panel);
  const Scale scale{range_of(panel), epochs > 1 ? static_cast<double>(epochs - 1) : 1.0, top_edge};
  put_text(svg, "panel", left, top_edge - 8, panel.title);
  put_scales(svg, scale);
  for (std::size_t k = 0; k < panel.curves.size(); ++k) {
    const Curve& curve = panel.curves[k];
    const char* const color = colors[k % colors.size()];
    const std::string path = path_of(curve, scale);
    if (!path.empty())
      svg += "<path class=\"curve\" data-name=\"" + escape_xml(curve.name) + "\" stroke=\"" + color +
             "\" d=\"" + path + "\"/>\n";
    const int x = left + plot_width + 14, y = top_edge + 14 + 18 * static_cast<int>(k);
    svg += "<path class=\"curve\" stroke=\"" + std::string(color) + "\" d=\"M" + std::to_string(x) + "," +
           std::to_string(y) + " h16\"/>\n";
    put_text(svg, "name", x + 22, y + 4, curve.name);
  }
}

}  // namespace

std::string curves_svg(std::string_view title, std::span<const CurvePanel> panels) {
  const std::string width = std::to_string(left + plot_width + legend_width);
  const std::string height = std::to_string(top + panel_height * static_cast<int>(panels.size()));
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                    "\" viewBox=\"0 0 " + width + " " + height + "\">\n<title>" + escape_xml(title) +
                    "</title>\n";
  svg +=
      "<style>\n"
      "text { font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; font-size: 12px; fill: #1f2933; }\n"
      ".paper { fill: #ffffff; }\n"
      ".panel { font-size: 13px; font-weight: bold; }\n"
      ".value { text-anchor: end; fill: #465362; }\n"
      ".epoch { text-anchor: middle; fill: #465362; }\n"
      ".frame { fill: none; stroke: #52606d; }\n"
      ".grid { fill: none; stroke: #d3dae2; }\n"
      ".curve { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }\n"
      "</style>\n"
      "<rect class=\"paper\" width=\"" +
      width + "\" height=\"" + height + "\"/>\n";
  int top_edge = top;
  for (const CurvePanel& panel : panels) {
    put_panel(svg, panel, top_edge);
    top_edge += panel_height;
  }
  return svg + "</svg>\n";
}

}  // namespace etch::host
