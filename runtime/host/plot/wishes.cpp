// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/wishes.hpp>

#include <cstddef>

namespace etch::host::plot {

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

}  // namespace etch::host::plot
