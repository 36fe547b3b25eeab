// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <runtime/host/error.hpp>
#include <runtime/host/plot.hpp>
#include <string>
#include <vector>

namespace {

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

bool entities_are_right(const std::string& text) {
  for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
    const std::string name = text.substr(at + 1, text.find(';', at) - at - 1);
    if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "#39") return false;
  }
  return text.find_first_of("<>") == text.npos &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' ' && c != '\n'; });
}

bool read_attributes(std::string tag, Attributes& attributes) {
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
Document read_xml(const std::string& xml) {
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

std::vector<Box> boxes_of(const Document& document, const std::string& kind = "box") {
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

std::vector<double> numbers_of(const std::string& text) {
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

void add_curve(std::vector<Point>& points, const std::vector<double>& c) {
  const Point begin = points.back();
  for (int i = 1; i <= 20; ++i) {
    const double t = i / 20.0;
    const double a = (1 - t) * (1 - t) * (1 - t), b = 3 * t * (1 - t) * (1 - t), d = 3 * t * t * (1 - t),
                 e = t * t * t;
    points.push_back(
        {a * begin.x + b * c[0] + d * c[2] + e * c[4], a * begin.y + b * c[1] + d * c[3] + e * c[5]});
  }
}

void add_line(std::vector<Point>& points, double y) {
  const Point begin = points.back();
  for (int i = 1; i <= 20; ++i) points.push_back({begin.x, begin.y + (y - begin.y) * i / 20});
}

/// Points along a path of M, V and C commands.
std::vector<Point> trace(const std::string& path) {
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

std::vector<Arrow> arrows_of(const Document& document) {
  std::vector<Arrow> arrows;
  for (const Element& element : document.elements) {
    if (element.name != "path" || element.attributes.at("class") != "edge") continue;
    const auto& attributes = element.attributes;
    arrows.push_back({std::atoi(attributes.at("data-from").c_str()),
                      std::atoi(attributes.at("data-to").c_str()), trace(attributes.at("d"))});
  }
  return arrows;
}

bool overlap(const Box& a, const Box& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

bool strictly_inside(const Point& point, const Box& box) {
  return point.x > box.x && point.x < box.right() && point.y > box.y && point.y < box.bottom();
}

void check_boxes(const std::vector<Box>& boxes) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t k = i + 1; k < boxes.size(); ++k) {
      INFO("boxes " << i << " and " << k);
      REQUIRE_FALSE(overlap(boxes[i], boxes[k]));
    }
  }
}

void check_arrow(const Arrow& arrow, const std::vector<Box>& boxes) {
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

Document check_picture(const Graph& graph) {
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

PlotNode node(const std::string& name) { return {name, "Dense", "(None, 8)", "(None, 8)", 72}; }

/// `count` nodes in a row; every third also skips to the fourth after it.
Graph residual_graph(int count) {
  Graph graph;
  for (int i = 0; i < count; ++i) {
    graph.nodes.push_back(node("layer_" + std::to_string(i)));
    if (i > 0) graph.edges.push_back({i - 1, i, ""});
    if (i >= 4 && i % 3 == 1) graph.edges.push_back({i - 4, i, ""});
  }
  return graph;
}

Graph random_graph(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  Graph graph;
  const int count = 2 + below(24);
  for (int i = 0; i < count; ++i) {
    graph.nodes.push_back(node(std::string(static_cast<std::size_t>(1 + below(60)), 'n')));
    for (int k = below(4); i > 0 && k > 0; --k) {
      graph.edges.push_back({below(i), i, below(5) == 0 ? "label" : ""});
    }
  }
  return graph;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string message_of(const Graph& graph) {
  try {
    to_svg("", graph.nodes, graph.edges);
  } catch (const etch::Error& error) {
    return error.what();
  }
  return "";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("etch_plot_" + std::to_string(std::rand()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("the checker of plots finds what it must find", "[plot]") {
  CHECK(read_xml("<a><b c=\"1\"/>x &amp; y</a>").well_formed);
  CHECK_FALSE(read_xml("<a><b></a>").well_formed);
  CHECK_FALSE(read_xml("<a>x & y</a>").well_formed);
  CHECK_FALSE(read_xml("<a b=\"1\" b=\"2\"/>").well_formed);
  CHECK(overlap({0, 0, 10, 10}, {5, 5, 10, 10}));
  CHECK_FALSE(overlap({0, 0, 10, 10}, {10, 0, 10, 10}));
  CHECK(trace("M1,2 V5 C1,6 3,7 3,9").back().x == 3);
}

TEST_CASE("a stack is one straight column", "[plot]") {
  Graph graph;
  for (int i = 0; i < 10; ++i) {
    graph.nodes.push_back(node("layer_" + std::string(static_cast<std::size_t>(i * 3), 'x')));
    if (i > 0) graph.edges.push_back({i - 1, i, ""});
  }
  const std::vector<Box> boxes = boxes_of(check_picture(graph));
  for (std::size_t i = 1; i < boxes.size(); ++i) {
    CHECK(boxes[i].x + boxes[i].width / 2 == boxes[0].x + boxes[0].width / 2);
    CHECK(boxes[i].y > boxes[i - 1].bottom());
  }
}

TEST_CASE("skip connections run beside a trunk that stays straight", "[plot]") {
  const std::vector<Box> boxes = boxes_of(check_picture(residual_graph(20)));
  for (const Box& box : boxes) CHECK(box.x + box.width / 2 == boxes[0].x + boxes[0].width / 2);
}

TEST_CASE("branches stand side by side in one row", "[plot]") {
  Graph graph;
  for (int i = 0; i < 6; ++i) graph.nodes.push_back(node("n" + std::to_string(i)));
  for (int i = 1; i <= 4; ++i) {
    graph.edges.push_back({0, i, ""});
    graph.edges.push_back({i, 5, ""});
  }
  const std::vector<Box> boxes = boxes_of(check_picture(graph));
  for (std::size_t i = 2; i <= 4; ++i) {
    CHECK(boxes[i].y == boxes[1].y);
    CHECK(boxes[i].x > boxes[i - 1].right());
  }
}

TEST_CASE("a tensor used twice by a layer is two arrows", "[plot]") {
  const Graph graph{{node("a"), node("twice")}, {{0, 1, ""}, {0, 1, ""}}};
  const std::vector<Arrow> arrows = arrows_of(check_picture(graph));
  CHECK(arrows[0].points.back().x != arrows[1].points.back().x);
}

TEST_CASE("avoidable crossings are avoided", "[plot]") {
  // As listed, the arrow from "c" would cross two others.
  const Graph graph{{node("a"), node("b"), node("c"), node("x"), node("y")},
                    {{0, 3, ""}, {0, 4, ""}, {1, 4, ""}, {2, 3, ""}}};
  const std::vector<Box> boxes = boxes_of(check_picture(graph));
  CHECK((boxes[2].x < boxes[0].x) == (boxes[3].x < boxes[4].x));
  CHECK((boxes[0].x < boxes[1].x) == (boxes[3].x < boxes[4].x));
}

TEST_CASE("an input stands right above its consumer", "[plot]") {
  Graph graph = residual_graph(4);
  graph.nodes.push_back(node("late"));
  graph.edges.push_back({4, 3, ""});
  const std::vector<Box> boxes = boxes_of(check_picture(graph));
  CHECK(boxes[4].y == boxes[2].y);
}

TEST_CASE("random graphs have no overlaps and no arrows through boxes", "[plot]") {
  for (unsigned seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    check_picture(random_graph(seed));
  }
}

TEST_CASE("labels have room of their own", "[plot]") {
  const Graph graph{{node("a"), node("b"), node("c")}, {{0, 1, "first"}, {0, 2, "second"}, {1, 2, "third"}}};
  const Document document = check_picture(graph);
  std::vector<Box> all = boxes_of(document);
  const std::vector<Box> papers = boxes_of(document, "paper");
  REQUIRE(papers.size() == 4);
  all.insert(all.end(), papers.begin() + 1, papers.end());
  check_boxes(all);
  for (const char* label : {"first", "second", "third"}) {
    CHECK(std::count(document.texts.begin(), document.texts.end(), label) == 1);
  }
}

TEST_CASE("long names and shapes are wrapped, not cut", "[plot]") {
  const std::string name = "encoder/block_0/self_attention/projection/dense_with_a_very_long_name_indeed";
  const Graph graph{{{name, "Dense", "", "", 0}}, {}};
  const Document document = check_picture(graph);
  CHECK(boxes_of(document)[0].width < 340);
  std::string joined;
  for (const std::string& text : document.texts) joined += text;
  CHECK(contains(joined, name));
}

TEST_CASE("names are escaped", "[plot]") {
  const std::string bad("a\x01\xff");
  const Graph graph{{{"<b> & \"c\"", "it's", "", "", 0}, {bad, "é漢", "", "", 0}}, {{0, 1, "x<y"}}};
  const std::string svg = to_svg("a & b", graph.nodes, graph.edges);
  CHECK(read_xml(svg).well_formed);
  CHECK(contains(svg, ">&lt;b&gt; &amp; &quot;c&quot;</text>"));
  CHECK(contains(svg, ">it&#39;s</text>"));
  CHECK(contains(svg, "<title>a &amp; b</title>"));
  CHECK(contains(svg, ">x&lt;y</text>"));
  CHECK(contains(svg, ">a\xEF\xBF\xBD\xEF\xBF\xBD</text>"));
  CHECK(contains(svg, ">é漢</text>"));
}

TEST_CASE("a box says what the layer is", "[plot]") {
  const std::vector<PlotNode> nodes{{"hidden", "Dense", "(None, 784)", "(None, 128)", 100480}};
  const std::vector<std::string> texts = read_xml(to_svg("", nodes, {})).texts;
  for (const char* text :
       {"hidden", "Dense · 100,480 params", "Input", "(None, 784)", "Output", "(None, 128)"}) {
    INFO(text);
    CHECK(std::count(texts.begin(), texts.end(), text) == 1);
  }
}

TEST_CASE("an empty graph is an empty picture", "[plot]") {
  CHECK(read_xml(to_svg("", {}, {})).well_formed);
  CHECK(boxes_of(read_xml(to_svg("title", {}, {}))).empty());
}

TEST_CASE("the DOT text is exact", "[plot]") {
  const std::vector<PlotNode> nodes{{"in", "Input", "", "(None, 4)", 0},
                                    {"a<b", "Dense", "(None, 4)", "(None, 2)", 10}};
  const std::vector<PlotEdge> edges{{0, 1, "say \"hi\""}, {0, 1, ""}};
  const std::string table = "<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"6\">";
  const std::string header = "<TR><TD BGCOLOR=\"#1f2933\"><FONT COLOR=\"white\">";
  CHECK(to_dot("my \"net\"", nodes, edges) ==
        "digraph \"my \\\"net\\\"\" {\n"
        "  graph [rankdir=TB, bgcolor=white, labelloc=t, fontname=\"Helvetica\", label=\"my \\\"net\\\"\"];\n"
        "  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n"
        "  edge [color=\"#52606d\", fontname=\"Helvetica\", fontsize=10];\n"
        "  n0 [label=" +
            table + header +
            "<B>in</B><BR/>Input</FONT></TD></TR><TR><TD ALIGN=\"LEFT\">Output: (None, "
            "4)</TD></TR></TABLE>>];\n"
            "  n1 [label=" +
            table + header +
            "<B>a&lt;b</B><BR/>Dense · 10 params</FONT></TD></TR>"
            "<TR><TD ALIGN=\"LEFT\">Input: (None, 4)</TD></TR><TR><TD ALIGN=\"LEFT\">Output: (None, "
            "2)</TD></TR>"
            "</TABLE>>];\n"
            "  n0 -> n1 [label=\"say \\\"hi\\\"\"];\n"
            "  n0 -> n1;\n"
            "}\n");
}

TEST_CASE("wrong graphs are refused with a sentence", "[plot]") {
  CHECK(message_of({{node("a")}, {{0, 1, ""}}}) ==
        "an arrow of the plot names node 1, but the graph has 1 nodes");
  CHECK(message_of({{node("a")}, {{-1, 0, ""}}}) ==
        "an arrow of the plot names node -1, but the graph has 1 nodes");
  CHECK(contains(message_of({{node("a"), node("b")}, {{0, 1, ""}, {1, 0, ""}}}), "cycle"));
  CHECK(message_of({{node("a"), node("b")}, {{0, 1, ""}}}).empty());
}

TEST_CASE("write_plot picks the format by the extension", "[plot]") {
  const Folder folder;
  const Graph graph = residual_graph(6);
  write_plot(folder.path / "net.svg", "net", graph.nodes, graph.edges);
  write_plot(folder.path / "net.DOT", "net", graph.nodes, graph.edges);
  CHECK(read_file(folder.path / "net.svg") == to_svg("net", graph.nodes, graph.edges));
  CHECK(read_file(folder.path / "net.DOT") == to_dot("net", graph.nodes, graph.edges));
  CHECK_THROWS_WITH(write_plot(folder.path / "net.png", "net", graph.nodes, graph.edges),
                    "a plot is written as .dot or .svg, not as 'net.png'; change the extension");
  CHECK_THROWS_AS(write_plot(folder.path / "none" / "net.svg", "net", graph.nodes, graph.edges), etch::Error);
  std::filesystem::create_directory(folder.path / "taken.svg");
  CHECK_THROWS_AS(write_plot(folder.path / "taken.svg", "net", graph.nodes, graph.edges), etch::Error);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 3);
}
