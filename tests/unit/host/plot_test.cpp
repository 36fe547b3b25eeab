// SPDX-License-Identifier: BSL-1.0
#include "plot_picture.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <runtime/host/error.hpp>
#include <tests/unit/temporary_folder.hpp>

using namespace plot_test;

namespace {

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
  const TemporaryFolder folder;
  const Graph graph = residual_graph(6);
  write_plot(folder / "net.svg", "net", graph.nodes, graph.edges);
  write_plot(folder / "net.DOT", "net", graph.nodes, graph.edges);
  CHECK(read_file(folder / "net.svg") == to_svg("net", graph.nodes, graph.edges));
  CHECK(read_file(folder / "net.DOT") == to_dot("net", graph.nodes, graph.edges));
  CHECK_THROWS_WITH(write_plot(folder / "net.png", "net", graph.nodes, graph.edges),
                    "a plot is written as .dot or .svg, not as 'net.png'; change the extension");
  CHECK_THROWS_AS(write_plot(folder / "none/net.svg", "net", graph.nodes, graph.edges), etch::Error);
  std::filesystem::create_directory(folder / "taken.svg");
  CHECK_THROWS_AS(write_plot(folder / "taken.svg", "net", graph.nodes, graph.edges), etch::Error);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 3);
}
