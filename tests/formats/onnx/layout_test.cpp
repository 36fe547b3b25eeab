// SPDX-License-Identifier: BSL-1.0
// Where numbers lie after transpositions and reshapings that move none.
#include <codegen/formats/onnx/layout.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

namespace {

using namespace etch::host::onnx;

/// The number at each place in memory, as ONNX counts it: a value whose numbers are their own places.
std::vector<std::int64_t> memory_of(const Layout& layout, const Dims& dims) {
  // Each atom's step in the order of ONNX: atoms are in that order.
  std::vector<std::int64_t> step(layout.atoms().size());
  std::int64_t inner = 1;
  for (std::size_t a = layout.atoms().size(); a-- > 0; inner *= layout.atoms()[a].extent) step[a] = inner;
  REQUIRE(inner == elements_of(dims));
  std::vector<std::int64_t> memory{0};
  for (const int a : layout.order()) {
    const auto atom = static_cast<std::size_t>(a);
    std::vector<std::int64_t> next;
    for (const std::int64_t base : memory)
      for (int i = 0; i < layout.atoms()[atom].extent; ++i) next.push_back(base + i * step[atom]);
    memory = std::move(next);
  }
  return memory;
}

TEST_CASE("a transposition renames axes and moves no number", "[onnx]") {
  std::mt19937 engine(3);
  const Dims dims{2, 3, 4, 5};
  std::vector<int> order{0, 1, 2, 3};
  for (int round = 0; round < 24; ++round) {
    std::ranges::shuffle(order, engine);
    const Layout turned = Layout(dims).transposed(order);
    std::vector<std::int64_t> places(120);
    std::iota(places.begin(), places.end(), 0);
    Dims to;
    for (const int axis : order) to.push_back(dims[static_cast<std::size_t>(axis)]);
    // In memory lie the numbers of the first array, which the second counts in another order.
    const Array second = transposed(array_of(places, dims), order);
    const std::vector<std::int64_t> counted = integers(second), memory = memory_of(turned, to);
    for (std::size_t i = 0; i < memory.size(); ++i)
      REQUIRE(counted[static_cast<std::size_t>(memory[i])] == static_cast<std::int64_t>(i));
  }
}

TEST_CASE("a reshaping cuts and joins axes where it can", "[onnx]") {
  const Layout last(Dims{1, 6, 4, 5}, {0, 2, 3, 1});
  const auto flat = last.reshaped({1, 120});
  REQUIRE(flat);
  CHECK(memory_of(*flat, {1, 120}) == memory_of(last, {1, 6, 4, 5}));
  const auto cut = last.reshaped({2, 3, 20});
  REQUIRE(cut);
  CHECK(memory_of(*cut, {2, 3, 20}) == memory_of(last, {1, 6, 4, 5}));
  CHECK(!last.reshaped({4, 30}));    // cuts through channels and rows
  CHECK(!last.reshaped({6, 4, 6}));  // has other elements
  CHECK(Layout(Dims{6, 20}).reshaped({1, 6, 1, 20})->atoms().size() == 2);
}

TEST_CASE("axes in one piece of memory are found, and others not", "[onnx]") {
  const Layout last(Dims{2, 3, 4, 5}, {0, 2, 3, 1});
  const int rows[]{2, 3}, channels[]{1}, both[]{0, 1}, none[]{7};
  REQUIRE(last.block_of(rows));
  CHECK(last.block_of(rows)->outside == 2);
  CHECK(last.block_of(rows)->extent == 20);
  CHECK(last.block_of(rows)->inside == 3);
  CHECK(last.block_of(channels)->inside == 1);
  CHECK(!last.block_of(both));
  CHECK(last.block_of(none)->inside == 120);
  CHECK(last.with_extent(1, 1).atoms().size() == 3);
  CHECK(last.with_extent(1, 7).atoms()[1].extent == 7);
}

}  // namespace
