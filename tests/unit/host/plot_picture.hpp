// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <runtime/host/plot/plot.hpp>
#include <string>
#include <vector>

// Reads a plotted picture back and checks that its boxes and arrows keep apart.
namespace plot_test {

using etch::host::PlotEdge;
using etch::host::PlotNode;
using etch::host::to_dot;
using etch::host::to_svg;

struct Graph {
  std::vector<PlotNode> nodes;
  std::vector<PlotEdge> edges;
};

using Attributes = std::map<std::string, std::string>;

struct Element {
  std::string name;
  Attributes attributes;
};

struct Document {
  bool well_formed = false;
  std::vector<Element> elements;
  std::vector<std::string> texts;
};

inline bool entities_are_right(const std::string& text) {
  for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
    const std::string name = text.substr(at + 1, text.find(';', at) - at - 1);
    if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "#39") return false;
  }
  return text.find_first_of("<>") == text.npos &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' ' && c != '\n'; });
}

inline bool read_attributes(std::string tag, Attributes& attributes) {
  while (!tag.empty() && tag.find_first_not_of(' ') != tag.npos) {
    const std::size_t begin = tag.find_first_not_of(' ');
    const std::size_t equals = tag.find("=\"", begin);
    if (begin == 0 || equals == tag.npos) return false;
    const std::size_t end = tag.find('"', equals + 2);
    if (end == tag.npos) return false;
    const std::string value = tag.substr(equals + 2, end - equals - 2);
    if (!entities_are_right(value)) return false;
    if (!attributes.emplace(tag.substr(begin, equals - begin), value).second) return false;
    tag = tag.substr(end + 1);
  }
  return true;
}

/// A strict reader of the little XML that the plots use.
inline Document read_xml(const std::string& xml) {
  Document document;
  std::vector<std::string> open;
  std::size_t at = 0;
  while (at < xml.size()) {
    const std::size_t begin = std::min(xml.find('<', at), xml.size());
    const std::string text = xml.substr(at, begin - at);
    if (!entities_are_right(text)) return document;
    if (open.empty() && text.find_first_not_of('\n') != text.npos) return document;
    if (!open.empty() && open.back() != "svg" && open.back() != "g") document.texts.push_back(text);
    if (begin == xml.size()) break;
    const std::size_t end = xml.find('>', begin);
    if (end == xml.npos) return document;
    std::string tag = xml.substr(begin + 1, end - begin - 1);
    at = end + 1;
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return document;
      open.pop_back();
      continue;
    }
    const bool closed = tag.back() == '/';
    if (closed) tag.pop_back();
    const std::size_t name_end = std::min(tag.find(' '), tag.size());
    Element element{tag.substr(0, name_end), {}};
    if (!read_attributes(tag.substr(name_end), element.attributes)) return document;
    if (!closed) open.push_back(element.name);
    document.elements.push_back(std::move(element));
  }
  document.well_formed = open.empty() && !document.elements.empty();
  return document;
}

struct Box {
  double x, y, width, height;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

inline std::vector<Box> boxes_of(const Document& document, const std::string& kind = "box") {
  std::vector<Box> boxes;
  for (const Element& element : document.elements) {
    if (element.name != "rect" || element.attributes.at("class") != kind) continue;
    const auto number = [&](const char* name) { return std::atof(element.attributes.at(name).c_str()); };
    boxes.push_back({number("x"), number("y"), number("width"), number("height")});
  }
  return boxes;
}

struct Point {
  double x, y;
};

inline std::vector<double> numbers_of(const std::string& text) {
  std::vector<double> numbers;
  const char* at = text.c_str();
  for (char* end = nullptr; *at != '\0';) {
    const double number = std::strtod(at, &end);
    if (end == at) {
      ++at;
    } else {
      numbers.push_back(number);
      at = end;
    }
  }
  return numbers;
}

inline void add_curve(std::vector<Point>& points, const std::vector<double>& c) {
  const Point begin = points.back();
  for (int i = 1; i <= 20; ++i) {
    const double t = i / 20.0;
    const double a = (1 - t) * (1 - t) * (1 - t), b = 3 * t * (1 - t) * (1 - t), d = 3 * t * t * (1 - t),
                 e = t * t * t;
    points.push_back(
        {a * begin.x + b * c[0] + d * c[2] + e * c[4], a * begin.y + b * c[1] + d * c[3] + e * c[5]});
  }
}

inline void add_line(std::vector<Point>& points, double y) {
  const Point begin = points.back();
  for (int i = 1; i <= 20; ++i) points.push_back({begin.x, begin.y + (y - begin.y) * i / 20});
}

/// Points along a path of M, V and C commands.
inline std::vector<Point> trace(const std::string& path) {
  std::vector<Point> points;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find_first_of("MVC", at + 1), path.size());
    const std::vector<double> numbers = numbers_of(path.substr(at + 1, end - at - 1));
    if (path[at] == 'M') points.push_back({numbers.at(0), numbers.at(1)});
    if (path[at] == 'V') add_line(points, numbers.at(0));
    if (path[at] == 'C') add_curve(points, numbers);
    at = end;
  }
  return points;
}

struct Arrow {
  int from, to;
  std::vector<Point> points;
};

inline std::vector<Arrow> arrows_of(const Document& document) {
  std::vector<Arrow> arrows;
  for (const Element& element : document.elements) {
    if (element.name != "path" || element.attributes.at("class") != "edge") continue;
    const auto& attributes = element.attributes;
    arrows.push_back({std::atoi(attributes.at("data-from").c_str()),
                      std::atoi(attributes.at("data-to").c_str()), trace(attributes.at("d"))});
  }
  return arrows;
}

inline bool overlap(const Box& a, const Box& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

inline bool strictly_inside(const Point& point, const Box& box) {
  return point.x > box.x && point.x < box.right() && point.y > box.y && point.y < box.bottom();
}

inline void check_boxes(const std::vector<Box>& boxes) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t k = i + 1; k < boxes.size(); ++k) {
      INFO("boxes " << i << " and " << k);
      REQUIRE_FALSE(overlap(boxes[i], boxes[k]));
    }
  }
}

inline void check_arrow(const Arrow& arrow, const std::vector<Box>& boxes) {
  INFO("arrow from " << arrow.from << " to " << arrow.to);
  const Box& from = boxes.at(static_cast<std::size_t>(arrow.from));
  const Box& to = boxes.at(static_cast<std::size_t>(arrow.to));
  const Point begin = arrow.points.front();
  const Point end = arrow.points.back();
  REQUIRE(begin.y == from.bottom());
  REQUIRE((begin.x > from.x && begin.x < from.right()));
  REQUIRE(end.y == to.y);
  REQUIRE((end.x > to.x && end.x < to.right()));
  for (const Point& point : arrow.points) {
    const bool inside =
        std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) { return strictly_inside(point, box); });
    REQUIRE_FALSE(inside);
  }
}

inline Document check_picture(const Graph& graph) {
  const Document document = read_xml(to_svg("graph", graph.nodes, graph.edges));
  REQUIRE(document.well_formed);
  const std::vector<Box> boxes = boxes_of(document);
  REQUIRE(boxes.size() == graph.nodes.size());
  check_boxes(boxes);
  const std::vector<Arrow> arrows = arrows_of(document);
  REQUIRE(arrows.size() == graph.edges.size());
  for (std::size_t i = 0; i < arrows.size(); ++i) {
    REQUIRE(arrows[i].from == graph.edges[i].from);
    REQUIRE(arrows[i].to == graph.edges[i].to);
    check_arrow(arrows[i], boxes);
  }
  const Box paper = boxes_of(document, "paper").at(0);
  for (const Box& box : boxes) {
    REQUIRE((box.x >= 0 && box.y >= 0 && box.right() <= paper.width && box.bottom() <= paper.height));
  }
  return document;
}

}  // namespace plot_test
