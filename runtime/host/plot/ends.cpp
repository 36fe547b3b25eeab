// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/layout.hpp>
#include <runtime/host/plot/wishes.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace etch::host::plot {

namespace {

constexpr int port_gap = 22;

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

}  // namespace

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

}  // namespace etch::host::plot
