// SPDX-License-Identifier: BSL-1.0
// Training of the article's network by one thread and by two, each bound to a processor, by turns: rounds of
// 200 batches of bytes.
#include "examples/mnist/mnist_model.hpp"

#include <pthread.h>
#include <sched.h>
#include <etch/etch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using namespace etch;

constexpr int rounds = 7, images = 6'400, pixels = 784;

/// Most pixels are black, as of digits.
std::vector<std::uint8_t> draw() {
  std::vector<std::uint8_t> x(std::size_t{images} * pixels);
  std::uint32_t n = 3;
  for (std::uint8_t& each : x) {
    n = n * 1664525U + 1013904223U;
    each = n >> 30 != 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(n >> 22);
  }
  return x;
}

/// Binds both threads of a team to a processor of their own.
void bind(const ThreadTeam& team) {
  std::atomic<int> bound{0};
  const auto work = [](void* context, int share) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(share, &one);
    if (pthread_setaffinity_np(pthread_self(), sizeof one, &one) != 0)
      std::puts("note: threads are not bound to processors");
    auto& count = *static_cast<std::atomic<int>*>(context);
    ++count;
    while (count < 2) ThreadTeam::rest();
  };
  team.run(2, work, &bound);
}

template <class Model>
double milliseconds(Model& model, const Dataset& data) {
  const auto begin = std::chrono::steady_clock::now();
  model.fit(data, {.silent = true});
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main() {
  const std::vector<std::uint8_t> x = draw();
  std::vector<std::uint8_t> y(images);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<std::uint8_t>(i % 10);
  const Dataset data{x, y};
  const auto accuracy = hana::make_tuple(Accuracy{});
  auto one = compile<mnist>(Adam{}, SparseCategoricalCrossentropy{}, accuracy, batch<32>);
  auto two = compile<mnist>(Adam{}, SparseCategoricalCrossentropy{}, accuracy, batch<32>, threads<2>);
  bind(two.team());
  std::array<double, rounds> by_one{}, by_two{};
  for (std::size_t k = 0; k < rounds; ++k)
    by_one[k] = milliseconds(one, data), by_two[k] = milliseconds(two, data);
  std::ranges::sort(by_one);
  std::ranges::sort(by_two);
  std::printf("one thread: %.1f ms, at best %.1f; two: %.1f, at best %.1f; ratio %.2f, at best %.2f\n",
              by_one[rounds / 2], by_one[0], by_two[rounds / 2], by_two[0],
              by_two[rounds / 2] / by_one[rounds / 2], by_two[0] / by_one[0]);
  const bool same = std::memcmp(one.weights().data(), two.weights().data(), one.weights().size()) == 0;
  std::printf("weights: %s\n", same ? "same bits" : "DIFFERENT");
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
