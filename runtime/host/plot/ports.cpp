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
struct Port {
  int other;
  std::vector<int*> x;
};

/// Where an arrow would meet the box so that it is straight, if it can be.
double wished_end(const Vertex& box, const Vertex& other) {
  const double reach = box.width * 0.25;
  const double wished = other.box ? (box.x + other.x) / 2 : other.x;
  return std::clamp(wished, box.x - reach, box.x + reach);
}

void place_ports(const Layout& layout, int box, std::vector<Port>& ports) {
  const Vertex& vertex = layout.vertices[index(box)];
  std::stable_sort(ports.begin(), ports.end(), [&](const Port& a, const Port& b) {
    return layout.vertices[index(a.other)].x < layout.vertices[index(b.other)].x;
  });
  const double room = ports.size() < 2 ? 0 : vertex.width * 0.4 / static_cast<double>(ports.size() - 1);
  std::vector<Wish> wishes;
  for (const Port& port : ports) {
    const Vertex& other = layout.vertices[index(port.other)];
    // A straight arrow keeps its place, one from the side gives way.
    const double weight = std::abs(other.x - vertex.x) < 1 ? 100 : 1;
    wishes.push_back(
        {wished_end(vertex, other), weight, wishes.empty() ? 0 : std::min<double>(port_gap, room)});
  }
  const std::vector<double> places = place(wishes);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    for (int* x : ports[i].x) *x = static_cast<int>(std::lround(places[i]));
  }
}

void add_start(const Layout& layout, std::vector<Port>& ports, int other, int* x) {
  const bool shares = !layout.vertices[index(other)].box;
  const auto same =
      std::find_if(ports.begin(), ports.end(), [&](const Port& port) { return port.other == other; });
  if (shares && same != ports.end()) {
    same->x.push_back(x);
  } else {
    ports.push_back({other, {x}});
  }
}

}  // namespace

void place_all_ports(Layout& layout) {
  std::map<int, std::vector<Port>> starts;
  std::map<int, std::vector<Port>> ports;
  for (Route& route : layout.routes) {
    add_start(layout, starts[route.vertices.front()], route.vertices[1], &route.start_x);
    ports[route.vertices.back()].push_back({route.vertices[route.vertices.size() - 2], {&route.end_x}});
  }
  for (auto& [box, own] : starts) place_ports(layout, box, own);
  for (auto& [box, own] : ports) place_ports(layout, box, own);
}

}  // namespace etch::host::plot
