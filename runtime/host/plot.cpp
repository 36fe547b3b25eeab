// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <map>
#include <runtime/host/error.hpp>
#include <runtime/host/plot.hpp>
#include <runtime/host/summary.hpp>
#include <system_error>
#include <utility>
#include <vector>

namespace etch::host {
namespace {

using Nodes = std::span<const PlotNode>;
using Edges = std::span<const PlotEdge>;

constexpr int name_size = 13;
constexpr int text_size = 12;
constexpr int label_size = 11;
constexpr int title_size = 16;
constexpr int line_height = 17;
constexpr int padding = 10;
constexpr int shape_indent = 48;
constexpr double widest_text = 300;
constexpr int margin = 20;
constexpr int box_gap = 28;
constexpr int line_gap = 16;
constexpr int port_gap = 22;
constexpr int smallest_layer_gap = 36;
constexpr int largest_layer_gap = 100;
constexpr int ordering_sweeps = 24;
constexpr int placement_sweeps = 16;
constexpr int aligning_sweeps = 30;
constexpr int straightening_sweeps = 4;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

void check_edges(Nodes nodes, Edges edges) {
  const auto count = static_cast<int>(nodes.size());
  for (const PlotEdge& edge : edges) {
    for (int end : {edge.from, edge.to}) {
      if (end >= 0 && end < count) continue;
      throw Error("an arrow of the plot names node " + std::to_string(end) + ", but the graph has " +
                  std::to_string(count) + " nodes");
    }
  }
}

// Text.

constexpr char32_t replacement = 0xFFFD;

int sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

bool allowed_in_xml(char32_t c) {
  if (c < 0x20) return c == '\n' || c == '\t';
  return c != 0x7F && !(c >= 0xD800 && c < 0xE000) && c != 0xFFFE && c != 0xFFFF && c <= 0x10FFFF;
}

/// Takes the first character off `text`; one that no XML file may hold becomes U+FFFD.
char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const int length = sequence_length(lead);
  char32_t c = length <= 1 ? lead : lead & (0xFFU >> (length + 1));
  bool valid = length > 0 && index(length) <= text.size();
  for (std::size_t i = 1; valid && i < index(length); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    valid = (byte & 0xC0U) == 0x80U;
    c = (c << 6U) | (byte & 0x3FU);
  }
  text.remove_prefix(valid ? index(length) : 1);
  return valid && allowed_in_xml(c) ? c : replacement;
}

void put_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6U));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12U));
    put(0x80 | ((c >> 6U) & 0x3F));
  } else {
    put(0xF0 | (c >> 18U));
    put(0x80 | ((c >> 12U) & 0x3F));
    put(0x80 | ((c >> 6U) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const char32_t c = take_character(text);
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        put_utf8(escaped, c);
    }
  }
  return escaped;
}

bool one_of(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }

/// The width of a character in em. The widths are those of DejaVu Sans, the widest of the usual fonts, so
/// that the text also fits where Arial or Helvetica is shown.
double character_width(char32_t c) {
  if (c > 0x7E) return c < 0x1100 ? 0.8 : 1.05;
  if (one_of(c, U"ijl.,:;'|! ")) return 0.34;
  if (one_of(c, U"()[]frt-/\\I\"`J")) return 0.44;
  if (one_of(c, U"_*?cksvxyz")) return 0.6;
  if (one_of(c, U"mwMWOQ@%&+<>=~^#")) return 0.99;
  return c >= 'A' && c <= 'Z' ? 0.77 : 0.65;
}

double text_width(std::string_view text, int size, bool bold = false) {
  double width = 0;
  while (!text.empty()) width += character_width(take_character(text));
  return width * size * (bold ? 1.12 : 1.0);
}

/// The bytes of the longest beginning of `text` that is at most `width` wide, at least one character.
std::size_t fitting_bytes(std::string_view text, double width, int size, bool bold) {
  std::string_view rest = text;
  take_character(rest);
  while (!rest.empty()) {
    std::string_view next = rest;
    take_character(next);
    if (text_width(text.substr(0, text.size() - next.size()), size, bold) > width) break;
    rest = next;
  }
  return text.size() - rest.size();
}

std::vector<std::string> wrap_text(std::string_view text, int size, bool bold, double width) {
  std::vector<std::string> lines;
  while (text_width(text, size, bold) > width) {
    std::size_t end = fitting_bytes(text, width, size, bold);
    if (end >= text.size()) break;
    const std::size_t last = text.substr(0, end).find_last_of(" ,/_");
    if (last != text.npos && last > 0) end = last + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

// The inside of a box.

struct BoxText {
  std::vector<std::string> name;
  std::vector<std::string> kind;
  std::vector<std::string> input;
  std::vector<std::string> output;

  int header_lines() const { return static_cast<int>(name.size() + kind.size()); }
  int shape_lines() const { return static_cast<int>(input.size() + output.size()); }
};

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

double widest(const std::vector<std::string>& lines, int size, bool bold = false) {
  double width = 0;
  for (const std::string& line : lines) width = std::max(width, text_width(line, size, bold));
  return width;
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

// The layout. A vertex is a box, or a place where a long arrow passes a layer: arrows then only run between
// neighbouring layers, and within a layer they run straight down beside the boxes.

struct Link {
  int vertex;
  double weight;
};

struct Vertex {
  int layer = 0;
  bool box = false;
  int width = 2;
  int height = 0;
  double x = 0;
  int y = 0;
  std::vector<Link> up;
  std::vector<Link> down;

  int left() const { return static_cast<int>(x) - width / 2; }
};

struct Route {
  std::vector<int> vertices;
  int start_x = 0;
  int end_x = 0;
};

struct Layout {
  std::vector<Vertex> vertices;
  std::vector<std::vector<int>> layers;
  std::vector<Route> routes;
  std::vector<int> layer_top;
  std::vector<int> layer_bottom;
  int width = 0;
  int height = 0;
};

/// Layers an arrow spans at least: one with a label has a layer of its own for the label.
int shortest_span(const PlotEdge& edge) { return edge.label.empty() ? 1 : 2; }

std::vector<int> topological_order(Nodes nodes, Edges edges) {
  std::vector<int> missing(nodes.size());
  std::vector<std::vector<int>> next(nodes.size());
  for (const PlotEdge& edge : edges) {
    ++missing[index(edge.to)];
    next[index(edge.from)].push_back(edge.to);
  }
  std::vector<int> order;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] == 0) order.push_back(static_cast<int>(i));
  }
  for (std::size_t done = 0; done < order.size(); ++done) {
    for (int to : next[index(order[done])]) {
      if (--missing[index(to)] == 0) order.push_back(to);
    }
  }
  if (order.size() == nodes.size()) return order;
  const auto stuck = std::find_if(missing.begin(), missing.end(), [](int count) { return count > 0; });
  throw Error("the graph cannot be plotted: its arrows form a cycle that leads to node '" +
              nodes[static_cast<std::size_t>(stuck - missing.begin())].name + "'");
}

struct EdgesOfNode {
  std::vector<int> in;
  std::vector<int> out;
};

std::vector<EdgesOfNode> edges_of_nodes(Nodes nodes, Edges edges) {
  std::vector<EdgesOfNode> of(nodes.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    of[index(edges[i].from)].out.push_back(static_cast<int>(i));
    of[index(edges[i].to)].in.push_back(static_cast<int>(i));
  }
  return of;
}

/// The longest path to each node; then a node with more arrows out than in moves down to its consumers, which
/// makes its arrows shorter.
std::vector<int> assign_layers(Nodes nodes, Edges edges) {
  const std::vector<int> order = topological_order(nodes, edges);
  const std::vector<EdgesOfNode> of = edges_of_nodes(nodes, edges);
  std::vector<int> layer(nodes.size());
  for (int node : order) {
    for (int e : of[index(node)].out) {
      const PlotEdge& edge = edges[index(e)];
      int& to = layer[index(edge.to)];
      to = std::max(to, layer[index(node)] + shortest_span(edge));
    }
  }
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    const EdgesOfNode& own = of[index(*node)];
    if (own.out.size() <= own.in.size()) continue;
    int lowest = std::numeric_limits<int>::max();
    for (int e : own.out) {
      const PlotEdge& edge = edges[index(e)];
      lowest = std::min(lowest, layer[index(edge.to)] - shortest_span(edge));
    }
    layer[index(*node)] = lowest;
  }
  return layer;
}

/// A small weight keeps a skip connection from pulling the boxes beside it out of their column. An arrow that
/// is the only one of its node is no skip connection but a branch, however long.
constexpr double branch_weight = 1;
constexpr double skip_weight = 0.001;

void link(Layout& layout, int from, int to, double weight) {
  layout.vertices[index(from)].down.push_back({to, weight});
  layout.vertices[index(to)].up.push_back({from, weight});
}

int add_passage(Layout& layout, int above, double weight) {
  Vertex passage;
  passage.layer = layout.vertices[index(above)].layer + 1;
  layout.vertices.push_back(std::move(passage));
  const int added = static_cast<int>(layout.vertices.size()) - 1;
  link(layout, above, added, weight);
  return added;
}

/// The passages of one arrow. Arrows without labels from one node are one tensor: they share a line until
/// each turns off.
Route make_route(Layout& layout, const PlotEdge& edge, bool only, std::vector<int>& shared) {
  std::vector<int> own;
  std::vector<int>& passages = edge.label.empty() ? shared : own;
  const int span = layout.vertices[index(edge.to)].layer - layout.vertices[index(edge.from)].layer;
  const double weight = only || span == 1 ? branch_weight : skip_weight;
  while (static_cast<int>(passages.size()) < span - 1) {
    passages.push_back(add_passage(layout, passages.empty() ? edge.from : passages.back(), weight));
  }
  Route route;
  route.vertices.push_back(edge.from);
  route.vertices.insert(route.vertices.end(), passages.begin(), passages.begin() + (span - 1));
  link(layout, route.vertices.back(), edge.to, weight);
  route.vertices.push_back(edge.to);
  if (edge.label.empty()) return route;
  Vertex& label = layout.vertices[index(passages.back())];
  label.width = 2 * static_cast<int>(std::ceil(text_width(edge.label, label_size) / 2)) + 8;
  label.height = line_height;
  return route;
}

void add_vertices(Layout& layout, Nodes nodes, Edges edges, const std::vector<BoxText>& texts) {
  const std::vector<int> layer = assign_layers(nodes, edges);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Vertex vertex;
    vertex.layer = layer[i];
    vertex.box = true;
    vertex.width = box_width(texts[i]);
    vertex.height = box_height(texts[i]);
    layout.vertices.push_back(std::move(vertex));
  }
  std::vector<std::vector<int>> shared(nodes.size());
  const std::vector<EdgesOfNode> of = edges_of_nodes(nodes, edges);
  for (const PlotEdge& edge : edges) {
    const std::size_t from = index(edge.from);
    layout.routes.push_back(make_route(layout, edge, of[from].out.size() == 1, shared[from]));
  }
}

/// The first order of each layer: as a walk down from the inputs meets the vertices.
void fill_layers(Layout& layout) {
  int last = -1;
  for (const Vertex& vertex : layout.vertices) last = std::max(last, vertex.layer);
  layout.layers.resize(index(last + 1));
  std::vector<bool> seen(layout.vertices.size());
  std::vector<int> stack;
  for (std::size_t start = 0; start < layout.vertices.size(); ++start) {
    if (!layout.vertices[start].up.empty()) continue;
    stack.push_back(static_cast<int>(start));
    while (!stack.empty()) {
      const int v = stack.back();
      stack.pop_back();
      if (seen[index(v)]) continue;
      seen[index(v)] = true;
      const Vertex& vertex = layout.vertices[index(v)];
      layout.layers[index(vertex.layer)].push_back(v);
      for (auto next = vertex.down.rbegin(); next != vertex.down.rend(); ++next)
        stack.push_back(next->vertex);
    }
  }
}

using Positions = std::vector<int>;

void number_layer(const std::vector<int>& layer, Positions& position) {
  for (std::size_t i = 0; i < layer.size(); ++i) position[index(layer[i])] = static_cast<int>(i);
}

/// The crossings between a layer and the next: inversions, counted with a Fenwick tree.
long long crossings_below(const Layout& layout, std::size_t upper, const Positions& position) {
  std::vector<int> tree(layout.layers[upper + 1].size() + 1);
  long long crossings = 0;
  long long inserted = 0;
  for (int v : layout.layers[upper]) {
    std::vector<int> ends;
    for (const Link& to : layout.vertices[index(v)].down) ends.push_back(position[index(to.vertex)]);
    for (int end : ends) {
      long long not_right = 0;
      for (int i = end + 1; i > 0; i -= i & -i) not_right += tree[index(i)];
      crossings += inserted - not_right;
    }
    for (int end : ends) {
      for (int i = end + 1; index(i) < tree.size(); i += i & -i) ++tree[index(i)];
    }
    inserted += static_cast<long long>(ends.size());
  }
  return crossings;
}

long long count_crossings(const Layout& layout, const Positions& position) {
  long long crossings = 0;
  for (std::size_t i = 0; i + 1 < layout.layers.size(); ++i)
    crossings += crossings_below(layout, i, position);
  return crossings;
}

void sort_by_barycentre(std::vector<int>& layer, const Layout& layout, Positions& position, bool from_above) {
  std::vector<std::pair<double, int>> keyed;
  for (int v : layer) {
    const Vertex& vertex = layout.vertices[index(v)];
    const std::vector<Link>& links = from_above ? vertex.up : vertex.down;
    double sum = 0;
    for (const Link& to : links) sum += position[index(to.vertex)];
    keyed.emplace_back(links.empty() ? position[index(v)] : sum / static_cast<double>(links.size()), v);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < layer.size(); ++i) layer[i] = keyed[i].second;
  number_layer(layer, position);
}

void order_layers(Layout& layout) {
  Positions position(layout.vertices.size());
  for (const auto& layer : layout.layers) number_layer(layer, position);
  auto best = layout.layers;
  long long fewest = count_crossings(layout, position);
  for (int sweep = 0; sweep < ordering_sweeps && fewest > 0; ++sweep) {
    const bool down = sweep % 2 == 0;
    for (std::size_t i = 0; i < layout.layers.size(); ++i) {
      const std::size_t at = down ? i : layout.layers.size() - 1 - i;
      sort_by_barycentre(layout.layers[at], layout, position, down);
    }
    const long long crossings = count_crossings(layout, position);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layout.layers;
  }
  layout.layers = std::move(best);
}

struct Wish {
  double x;
  double weight;
  /// The least distance from the one before.
  double distance;
};

/// The places nearest to the wishes (least squares) that keep the order and the distances: pools of
/// neighbours that would overlap move together.
std::vector<double> place(const std::vector<Wish>& wishes) {
  struct Pool {
    double sum, weight;
    std::size_t count;
    double mean() const { return sum / weight; }
  };
  std::vector<Pool> pools;
  double offset = 0;
  for (const Wish& wish : wishes) {
    offset += wish.distance;
    pools.push_back({(wish.x - offset) * wish.weight, wish.weight, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().weight += last.weight;
      pools.back().count += last.count;
    }
  }
  std::vector<double> places;
  offset = 0;
  for (const Pool& pool : pools) {
    for (std::size_t i = 0; i < pool.count; ++i) {
      offset += wishes[places.size()].distance;
      places.push_back(pool.mean() + offset);
    }
  }
  return places;
}

double distance_between(const Vertex& left, const Vertex& right) {
  const int gap = left.box && right.box ? box_gap : line_gap;
  return (left.width + right.width) / 2.0 + gap;
}

/// A little more than needed, so that straightening a column has room for its last fraction of a pixel.
double roomy_distance(const Layout& layout, int left, int right) {
  return distance_between(layout.vertices[index(left)], layout.vertices[index(right)]) + 2;
}

void move_layer(Layout& layout, const std::vector<int>& layer, const std::vector<Wish>& wishes) {
  const std::vector<double> places = place(wishes);
  for (std::size_t i = 0; i < layer.size(); ++i) layout.vertices[index(layer[i])].x = places[i];
}

void add_wish(const Layout& layout, const std::vector<Link>& links, double& sum, double& weight) {
  for (const Link& to : links) {
    sum += to.weight * layout.vertices[index(to.vertex)].x;
    weight += to.weight;
  }
}

enum class Neighbours { above, below, both };

void place_layer(Layout& layout, const std::vector<int>& layer, Neighbours neighbours) {
  std::vector<Wish> wishes;
  for (std::size_t i = 0; i < layer.size(); ++i) {
    const Vertex& vertex = layout.vertices[index(layer[i])];
    double sum = 0;
    double weight = 0;
    if (neighbours != Neighbours::below) add_wish(layout, vertex.up, sum, weight);
    if (neighbours != Neighbours::above) add_wish(layout, vertex.down, sum, weight);
    const double distance = i == 0 ? 0 : roomy_distance(layout, layer[i - 1], layer[i]);
    wishes.push_back(weight > 0 ? Wish{sum / weight, weight, distance}
                                : Wish{vertex.x, skip_weight, distance});
  }
  move_layer(layout, layer, wishes);
}

void sweep_places(Layout& layout, bool down, Neighbours neighbours) {
  for (std::size_t i = 0; i < layout.layers.size(); ++i) {
    const std::size_t at = down ? i : layout.layers.size() - 1 - i;
    place_layer(layout, layout.layers[at], neighbours);
  }
}

/// The link that outweighs all others of `links` together by far; null when none does.
const Link* main_link(const std::vector<Link>& links) {
  const auto heaviest = std::max_element(links.begin(), links.end(),
                                         [](const Link& a, const Link& b) { return a.weight < b.weight; });
  double total = 0;
  for (const Link& to : links) total += to.weight;
  return heaviest == links.end() || heaviest->weight < 0.9 * total ? nullptr : &*heaviest;
}

const Link* link_to_passage(const Layout& layout, const std::vector<Link>& links) {
  const auto found = std::find_if(links.begin(), links.end(),
                                  [&](const Link& to) { return !layout.vertices[index(to.vertex)].box; });
  return found == links.end() ? nullptr : &*found;
}

/// The vertex below that belongs on the same vertical line: the next passage of an arrow, or the box that
/// alone matters to a box as that one does to it. -1 when there is none.
int continuation(const Layout& layout, int v) {
  const Vertex& vertex = layout.vertices[index(v)];
  const Link* down = vertex.box ? main_link(vertex.down) : link_to_passage(layout, vertex.down);
  if (down == nullptr) return -1;
  const Vertex& next = layout.vertices[index(down->vertex)];
  if (next.box != vertex.box) return -1;
  const Link* up = next.box ? main_link(next.up) : &next.up.front();
  return up != nullptr && up->vertex == v ? down->vertex : -1;
}

std::vector<std::vector<int>> find_columns(const Layout& layout) {
  std::vector<bool> taken(layout.vertices.size());
  std::vector<std::vector<int>> columns;
  std::vector<int> starts;
  for (const auto& layer : layout.layers) starts.insert(starts.end(), layer.begin(), layer.end());
  for (int start : starts) {
    if (taken[index(start)]) continue;
    std::vector<int> column;
    for (int v = start; v >= 0; v = continuation(layout, v)) {
      column.push_back(v);
      taken[index(v)] = true;
    }
    columns.push_back(std::move(column));
  }
  std::stable_sort(columns.begin(), columns.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return columns;
}

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

Range free_range(const Layout& layout, const std::vector<int>& column, const Positions& position) {
  Range range;
  for (int v : column) {
    const Vertex& vertex = layout.vertices[index(v)];
    const std::vector<int>& layer = layout.layers[index(vertex.layer)];
    const std::size_t at = index(position[index(v)]);
    if (at > 0) {
      const Vertex& left = layout.vertices[index(layer[at - 1])];
      range.low = std::max(range.low, left.x + distance_between(left, vertex));
    }
    if (at + 1 < layer.size()) {
      const Vertex& right = layout.vertices[index(layer[at + 1])];
      range.high = std::min(range.high, right.x - distance_between(vertex, right));
    }
  }
  return range;
}

double wished_column(const Layout& layout, const std::vector<int>& column) {
  double sum = 0;
  double weight = 0;
  add_wish(layout, layout.vertices[index(column.front())].up, sum, weight);
  add_wish(layout, layout.vertices[index(column.back())].down, sum, weight);
  for (int v : column) {
    sum += layout.vertices[index(v)].x * skip_weight;
    weight += skip_weight;
  }
  return sum / weight;
}

/// Puts each column on one vertical line where its neighbours leave room.
void straighten(Layout& layout, const std::vector<std::vector<int>>& columns, const Positions& position) {
  for (const auto& column : columns) {
    const Range range = free_range(layout, column, position);
    if (range.low > range.high) continue;
    const double x = std::clamp(wished_column(layout, column), range.low, range.high);
    for (int v : column) layout.vertices[index(v)].x = x;
  }
}

/// Whole coordinates, from the left margin on; the order and the distances hold after rounding too.
void settle(Layout& layout) {
  double left = std::numeric_limits<double>::infinity();
  double right = 0;
  for (const Vertex& vertex : layout.vertices) left = std::min(left, vertex.x - vertex.width / 2.0);
  for (Vertex& vertex : layout.vertices) {
    vertex.x = std::round(vertex.x - left) + margin;
    right = std::max(right, vertex.x + vertex.width / 2.0);
  }
  layout.width = static_cast<int>(right) + margin;
}

/// Pulls the vertices of each column together; what is in the way of a column of boxes makes room.
void align(Layout& layout, const std::vector<std::vector<int>>& columns) {
  std::vector<Wish> wishes(layout.vertices.size());
  for (const auto& column : columns) {
    double sum = 0;
    for (int v : column) sum += layout.vertices[index(v)].x;
    const double weight = column.size() == 1 ? 1 : layout.vertices[index(column[0])].box ? 1000 : 30;
    for (int v : column) wishes[index(v)] = {sum / static_cast<double>(column.size()), weight, 0};
  }
  for (const auto& layer : layout.layers) {
    std::vector<Wish> row;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      row.push_back(wishes[index(layer[i])]);
      if (i > 0) row[i].distance = roomy_distance(layout, layer[i - 1], layer[i]);
    }
    move_layer(layout, layer, row);
  }
}

void place_columns(Layout& layout) {
  const auto columns = find_columns(layout);
  for (int i = 0; i < placement_sweeps; ++i) {
    const bool down = i % 2 == 0;
    const bool one_sided = i < placement_sweeps / 2;
    sweep_places(layout, down, !one_sided ? Neighbours::both : down ? Neighbours::above : Neighbours::below);
  }
  for (int i = 0; i < aligning_sweeps; ++i) align(layout, columns);
  Positions position(layout.vertices.size());
  for (const auto& layer : layout.layers) number_layer(layer, position);
  for (int i = 0; i < straightening_sweeps; ++i) straighten(layout, columns, position);
  settle(layout);
}

/// Room for the arrows to turn: more where they go far to the side.
int gap_below(const Layout& layout, const std::vector<int>& layer) {
  double farthest = 0;
  for (int v : layer) {
    const Vertex& vertex = layout.vertices[index(v)];
    for (const Link& to : vertex.down) {
      farthest = std::max(farthest, std::abs(layout.vertices[index(to.vertex)].x - vertex.x));
    }
  }
  return std::min(smallest_layer_gap + static_cast<int>(farthest * 0.08), largest_layer_gap);
}

void place_layers(Layout& layout, int top) {
  int y = top;
  for (const auto& layer : layout.layers) {
    int height = 0;
    for (int v : layer) height = std::max(height, layout.vertices[index(v)].height);
    for (int v : layer) {
      Vertex& vertex = layout.vertices[index(v)];
      vertex.y = y + (height - vertex.height) / 2;
    }
    layout.layer_top.push_back(y);
    layout.layer_bottom.push_back(y + height);
    y += height + gap_below(layout, layer);
  }
  layout.height = (layout.layers.empty() ? top : layout.layer_bottom.back()) + margin;
}

/// One end of an arrow at a box; arrows that share a line share their end.
struct End {
  int other;
  std::vector<int*> x;
};

/// Where an arrow would meet the box so that it is straight, if it can be.
double wished_end(const Vertex& box, const Vertex& other) {
  const double reach = box.width * 0.25;
  const double wished = other.box ? (box.x + other.x) / 2 : other.x;
  return std::clamp(wished, box.x - reach, box.x + reach);
}

void place_ends(const Layout& layout, int box, std::vector<End>& ends) {
  const Vertex& vertex = layout.vertices[index(box)];
  std::stable_sort(ends.begin(), ends.end(), [&](const End& a, const End& b) {
    return layout.vertices[index(a.other)].x < layout.vertices[index(b.other)].x;
  });
  const double room = ends.size() < 2 ? 0 : vertex.width * 0.4 / static_cast<double>(ends.size() - 1);
  std::vector<Wish> wishes;
  for (const End& end : ends) {
    const Vertex& other = layout.vertices[index(end.other)];
    // A straight arrow keeps its place, one from the side gives way.
    const double weight = std::abs(other.x - vertex.x) < 1 ? 100 : 1;
    wishes.push_back(
        {wished_end(vertex, other), weight, wishes.empty() ? 0 : std::min<double>(port_gap, room)});
  }
  const std::vector<double> places = place(wishes);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (int* x : ends[i].x) *x = static_cast<int>(std::lround(places[i]));
  }
}

void add_start(const Layout& layout, std::vector<End>& ends, int other, int* x) {
  const bool shares = !layout.vertices[index(other)].box;
  const auto same =
      std::find_if(ends.begin(), ends.end(), [&](const End& end) { return end.other == other; });
  if (shares && same != ends.end()) {
    same->x.push_back(x);
  } else {
    ends.push_back({other, {x}});
  }
}

void place_all_ends(Layout& layout) {
  std::map<int, std::vector<End>> starts;
  std::map<int, std::vector<End>> ends;
  for (Route& route : layout.routes) {
    add_start(layout, starts[route.vertices.front()], route.vertices[1], &route.start_x);
    ends[route.vertices.back()].push_back({route.vertices[route.vertices.size() - 2], {&route.end_x}});
  }
  for (auto& [box, own] : starts) place_ends(layout, box, own);
  for (auto& [box, own] : ends) place_ends(layout, box, own);
}

Layout lay_out(Nodes nodes, Edges edges, const std::vector<BoxText>& texts, int top) {
  Layout layout;
  add_vertices(layout, nodes, edges, texts);
  fill_layers(layout);
  order_layers(layout);
  place_columns(layout);
  place_layers(layout, top);
  place_all_ends(layout);
  return layout;
}

// The picture.

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
    put_turn(path, x, layout.layer_bottom[index(vertex.layer - 1)], next_x,
             layout.layer_top[index(vertex.layer)]);
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

// Graphviz.

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

std::string lower_case_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::path temporary = path;
  temporary += ".part";
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (file && !error) return;
  std::filesystem::remove(temporary, error);
  throw Error("the plot could not be written to '" + path.string() +
              "'; check that its folder exists, may be written to and has room");
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

void write_plot(const std::filesystem::path& path, std::string_view title, std::span<const PlotNode> nodes,
                std::span<const PlotEdge> edges) {
  const std::string extension = lower_case_extension(path);
  if (extension == ".dot") return write_file(path, to_dot(title, nodes, edges));
  if (extension == ".svg") return write_file(path, to_svg(title, nodes, edges));
  throw Error("a plot is written as .dot or .svg, not as '" + path.filename().string() +
              "'; change the extension");
}

}  // namespace etch::host
