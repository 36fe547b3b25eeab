// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <runtime/kernels/portable/random.hpp>
#include <set>
#include <vector>

namespace {

namespace random = etch::random;

constexpr random::Key key{42, 7};

// The published vectors of Random123 (kat_vectors, philox4x32-10).
static_assert(random::philox({0, 0}, {0, 0, 0, 0}) ==
              random::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(random::philox({0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}) ==
              random::Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(random::philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
              random::Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

static_assert(random::bits({0, 0}, 0, 0, 0) == 0x6627e8d5);
static_assert(random::uniform({0, 0}, 0, 0, 0) == 0x6627e8p-24f);
static_assert(random::below({0, 0}, 0, 0, 0, 16) == 0xe);
static_assert(random::normal({0, 0}, 0, 0, 0) != 0.0f);
static_assert(random::shuffled(3, 10, 1, 2) < 10);

/// Pearson's statistic against equal expectations: near the number of cells minus 1, with variance twice
/// that.
double chi_square(const std::vector<std::uint32_t>& counts) {
  double total = 0.0;
  for (const std::uint32_t count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0.0;
  for (const std::uint32_t count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

/// Within five standard deviations; too even is suspicious as well.
bool looks_uniform(const std::vector<std::uint32_t>& counts) {
  const auto freedom = static_cast<double>(counts.size() - 1);
  return std::fabs(chi_square(counts) - freedom) < 5.0 * std::sqrt(2.0 * freedom);
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double a_sum = 0.0, b_sum = 0.0, ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    a_sum += a[i];
    b_sum += b[i];
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  const auto n = static_cast<double>(a.size());
  return (n * ab - a_sum * b_sum) / std::sqrt((n * aa - a_sum * a_sum) * (n * bb - b_sum * b_sum));
}

}  // namespace

TEST_CASE("every coordinate of the address gives other bits") {
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    seen.insert(random::bits({i + 1, 0}, 0, 0, 0));
    seen.insert(random::bits({0, i + 1}, 0, 0, 0));
    seen.insert(random::bits({0, 0}, i + 1, 0, 0));
    seen.insert(random::bits({0, 0}, 0, i + 1, 0));
    seen.insert(random::bits({0, 0}, 0, 0, i + 1));
  }
  CHECK(seen.size() >= 4990);  // 5,000 draws of 32 bits collide 0.003 times on average
}

TEST_CASE("each bit is set half of the time") {
  constexpr std::uint32_t draws = 40'000;
  std::array<std::uint32_t, 32> set{};
  for (std::uint32_t i = 0; i < draws; ++i) {
    const std::uint32_t word = random::bits(key, 0, 0, i);
    for (std::size_t bit = 0; bit < set.size(); ++bit) set[bit] += (word >> bit) & 1;
  }
  for (const std::uint32_t count : set) CHECK(std::abs(static_cast<int>(count) - 20'000) < 500);  // 5 sigma
}

TEST_CASE("uniform fills [0,1) evenly") {
  constexpr std::uint32_t draws = 100'000;
  std::vector<std::uint32_t> cells(100);
  double sum = 0.0;
  for (std::uint32_t i = 0; i < draws; ++i) {
    const float u = random::uniform(key, 3, 5, i);
    REQUIRE(u >= 0.0f);
    REQUIRE(u < 1.0f);
    ++cells[static_cast<std::size_t>(u * 100.0f)];
    sum += static_cast<double>(u);
  }
  CHECK(looks_uniform(cells));
  CHECK(sum / draws == Approx(0.5).margin(5.0 * 0.2887 / std::sqrt(draws)));
}

TEST_CASE("uniform has 24 bits and stays below 1") {
  CHECK(random::detail::unit_float(0xffffffff) == 0x1.fffffep-1f);
  CHECK(random::detail::unit_float(0x000000ff) == 0.0f);
  CHECK(random::detail::unit_float(0x00000100) == 0x1p-24f);
}

TEST_CASE("neighbouring elements, steps and nodes do not correlate") {
  constexpr std::uint32_t draws = 20'000;
  std::vector<double> base, element, step, node, seed;
  for (std::uint32_t i = 0; i < draws; ++i) {
    base.push_back(static_cast<double>(random::uniform(key, 1, 1, i)));
    element.push_back(static_cast<double>(random::uniform(key, 1, 1, i + 1)));
    step.push_back(static_cast<double>(random::uniform(key, 2, 1, i)));
    node.push_back(static_cast<double>(random::uniform(key, 1, 2, i)));
    seed.push_back(static_cast<double>(random::uniform({key.seed + 1, key.stream}, 1, 1, i)));
  }
  const double bound = 5.0 / std::sqrt(draws);
  CHECK(correlation(base, base) == Approx(1.0));
  CHECK(std::fabs(correlation(base, element)) < bound);
  CHECK(std::fabs(correlation(base, step)) < bound);
  CHECK(std::fabs(correlation(base, node)) < bound);
  CHECK(std::fabs(correlation(base, seed)) < bound);
}

TEST_CASE("normal has the moments and the distribution of a Gaussian") {
  constexpr std::uint32_t draws = 100'000;
  constexpr std::size_t cell_count = 50;
  std::vector<std::uint32_t> cells(cell_count);
  double sum = 0.0, squares = 0.0, fourth = 0.0;
  for (std::uint32_t i = 0; i < draws; ++i) {
    const auto x = static_cast<double>(random::normal(key, 9, 4, i));
    REQUIRE(std::fabs(x) <= 5.77);
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
    const double probability = 0.5 * std::erfc(-x / std::sqrt(2.0));
    ++cells[std::min(cell_count - 1, static_cast<std::size_t>(probability * cell_count))];
  }
  const double sigma = 1.0 / std::sqrt(draws);
  CHECK(sum / draws == Approx(0.0).margin(5.0 * sigma));
  CHECK(squares / draws == Approx(1.0).margin(5.0 * std::sqrt(2.0) * sigma));
  CHECK(fourth / draws == Approx(3.0).margin(5.0 * std::sqrt(96.0) * sigma));
  CHECK(looks_uniform(cells));
}

TEST_CASE("normal is finite where the 24 bits of its radius are zero") {
  constexpr std::uint32_t element = 1'734'898;  // found by search
  REQUIRE(random::philox(key, {element, 0, 0, 0})[2] < 256);
  CHECK(random::normal(key, 0, 0, element) == Approx(2.64007).epsilon(1e-5));
}

TEST_CASE("the kinds of draw at one address are independent") {
  constexpr std::uint32_t draws = 20'000;
  std::vector<double> uniform, below, normal;
  for (std::uint32_t i = 0; i < draws; ++i) {
    uniform.push_back(static_cast<double>(random::uniform(key, 0, 0, i)));
    below.push_back(random::below(key, 0, 0, i, 1000));
    normal.push_back(static_cast<double>(random::normal(key, 0, 0, i)));
  }
  const double bound = 5.0 / std::sqrt(draws);
  CHECK(std::fabs(correlation(uniform, below)) < bound);
  CHECK(std::fabs(correlation(uniform, normal)) < bound);
  CHECK(std::fabs(correlation(below, normal)) < bound);
}

TEST_CASE("below reaches every integer evenly and nothing else") {
  for (const std::uint32_t n : {1U, 2U, 3U, 10U, 97U}) {
    std::vector<std::uint32_t> cells(n);
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      const std::uint32_t value = random::below(key, 0, n, i, n);
      REQUIRE(value < n);
      ++cells[value];
    }
    if (n > 1) {
      INFO("n = " << n);
      CHECK(chi_square(cells) < (n - 1) + 5.0 * std::sqrt(2.0 * (n - 1)));
    }
  }
  CHECK(random::below(key, 0, 0, 0, 0) == 0);
  CHECK(random::below({0, 0}, 0, 0, 0, 0xffffffff) == 0xe169c58c);  // floor(word (2^32 - 1) / 2^32)
}

TEST_CASE("shuffled is a bijection for every count") {
  std::vector<std::uint32_t> counts{1000, 4095, 4096, 4097, 60'000, 65'536, 65'537};
  for (std::uint32_t small = 1; small <= 40; ++small) counts.push_back(small);
  for (const std::uint32_t count : counts) {
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      std::vector<bool> seen(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t place = random::shuffled(i, count, 11, epoch);
        REQUIRE(place < count);
        if (seen[place]) FAIL("twice the same place, count " << count);
        seen[place] = true;
      }
    }
  }
}

TEST_CASE("shuffled takes the extreme counts") {
  constexpr std::uint32_t all = 0xffffffff;
  CHECK(random::shuffled(0, 1, 5, 5) == 0);
  CHECK(random::shuffled(all - 1, all, 5, 5) < all);
  CHECK(random::shuffled(0, (1U << 31) + 1, 5, 5) <= (1U << 31));
  CHECK(random::shuffled(10, 10, 5, 5) == 10);
  CHECK(random::shuffled(0, 0, 5, 5) == 0);
}

TEST_CASE("shuffled sends the first elements anywhere, evenly over seeds") {
  for (const std::uint32_t count : {10U, 100U, 1000U, 60'000U}) {
    std::vector<std::uint32_t> cells(std::min(count, 50U));
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
      for (std::uint32_t i = 0; i < std::min(count / 2, 100U); ++i) {
        const std::uint64_t place = random::shuffled(i, count, seed, 0);
        ++cells[static_cast<std::size_t>(place * cells.size() / count)];
      }
    }
    INFO("count = " << count);
    CHECK(chi_square(cells) <
          static_cast<double>(cells.size()) + 5.0 * std::sqrt(2.0 * static_cast<double>(cells.size())));
  }
}

TEST_CASE("shuffled sends one element anywhere, evenly over epochs") {
  for (const std::uint32_t index : {0U, 1U, 9U}) {
    std::vector<std::uint32_t> cells(10);
    for (std::uint32_t epoch = 0; epoch < 10'000; ++epoch) ++cells[random::shuffled(index, 10, 3, epoch)];
    INFO("index = " << index);
    CHECK(looks_uniform(cells));
  }
}

TEST_CASE("shuffled makes all orders of three and of four, about equally often") {
  for (const std::uint32_t count : {3U, 4U}) {
    std::vector<std::uint32_t> orders(count == 3 ? 27 : 256);
    for (std::uint32_t seed = 0; seed < 24'000; ++seed) {
      std::size_t order = 0;
      for (std::uint32_t i = 0; i < count; ++i) order = order * count + random::shuffled(i, count, seed, 1);
      ++orders[order];
    }
    std::erase(orders, 0U);
    CHECK(orders.size() == (count == 3 ? 6 : 24));
    INFO("count = " << count);
    CHECK(looks_uniform(orders));
  }
}

TEST_CASE("epochs and neighbours of a shuffle do not resemble each other") {
  constexpr std::uint32_t count = 10'000;
  std::vector<double> first, second, next, identity;
  for (std::uint32_t i = 0; i < count; ++i) {
    first.push_back(random::shuffled(i, count, 1, 0));
    second.push_back(random::shuffled(i, count, 1, 1));
    next.push_back(random::shuffled((i + 1) % count, count, 1, 0));
    identity.push_back(i);
  }
  const double bound = 5.0 / std::sqrt(count);
  CHECK(std::fabs(correlation(first, second)) < bound);
  CHECK(std::fabs(correlation(first, next)) < bound);
  CHECK(std::fabs(correlation(first, identity)) < bound);
}
