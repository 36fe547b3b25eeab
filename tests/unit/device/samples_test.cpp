// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/device/best_weights.hpp>
#include <etch/train/device/class_balance.hpp>
#include <etch/train/device/late_labels.hpp>
#include <etch/train/device/replay_store.hpp>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

// Samples and weights that a device keeps beside a model.
namespace {

using namespace etch;

TEST_CASE("classes count the same, however often they come", "[device]") {
  ClassBalance<3> balance;
  CHECK(balance.weight(0) == 1);
  for (int i = 0; i < 90; ++i) CHECK(balance.add(0));
  CHECK(balance.weight(0) == 1);  // alone
  for (int i = 0; i < 10; ++i) CHECK(balance.add(1));
  CHECK(balance.weight(0) == Approx(100.0 / (2 * 90)));
  CHECK(balance.weight(1) == Approx(100.0 / (2 * 10)));
  CHECK(90 * balance.weight(0) == Approx(10 * balance.weight(1)));
  CHECK(balance.weight(2) == 1);  // did not come yet
  CHECK_FALSE(balance.add(3));
  CHECK_FALSE(balance.add(-1));
  CHECK(balance.total() == 100);
  CHECK(balance.weight(3) == 0);
  CHECK(balance.weight(-1) == 0);
  const std::int32_t labels[] = {1, 0, 7};
  float weights[3] = {9, 9, 9};
  CHECK(balance.weigh(labels, weights));
  CHECK(weights[0] == balance.weight(1));
  CHECK(weights[1] == balance.weight(0));
  CHECK(weights[2] == 0);
  CHECK_FALSE(balance.weigh(labels, std::span(weights).first(2)));
  CHECK(balance.weigh({}, {}));
}

TEST_CASE("what came long ago counts less in a class balance", "[device]") {
  ClassBalance<2> balance(100);
  for (int i = 0; i < 1000; ++i) balance.add(0);
  CHECK(balance.total() <= 100);
  for (int i = 0; i < 1000; ++i) balance.add(1);
  CHECK(balance.count(0) >= 1);  // once seen, always there
  CHECK(balance.count(1) > 40);
  CHECK(balance.count(0) + balance.count(1) == balance.total());
  ClassBalance<1> least(0);
  for (int i = 0; i < 10; ++i) least.add(0);
  CHECK(least.weight(0) == 1);
  for (int wrong : {-1, 1, std::numeric_limits<int>::min()}) CHECK(least.count(wrong) == 0);
  // More classes than it remembers samples: those that came once stay.
  ClassBalance<5> many(2);
  for (int i = 0; i < 100; ++i) many.add(i % 5);
  for (int c = 0; c < 5; ++c) CHECK(many.weight(c) > 0.5f);
  CHECK(many.total() == many.count(0) + many.count(1) + many.count(2) + many.count(3) + many.count(4));
}

TEST_CASE("a label that comes late finds its sample", "[device]") {
  LateLabels<2, 3> late;
  float to[2] = {};
  CHECK_FALSE(late.take(1, to));
  CHECK_FALSE(late.take(0, to));
  std::vector<std::uint32_t> tickets;
  for (int i = 0; i < 5; ++i) {
    const float sample[] = {static_cast<float>(i), -1};
    tickets.push_back(late.put(sample));
    CHECK(tickets.back() != 0);
  }
  CHECK(late.waiting() == 3);
  CHECK(late.expired() == 2);
  CHECK_FALSE(late.take(tickets[1], to));
  CHECK(late.take(tickets[3], to));
  CHECK(to[0] == 3);
  CHECK(to[1] == -1);
  CHECK_FALSE(late.take(tickets[3], to));  // taken
  CHECK(late.waiting() == 2);
  const float wrong[] = {1, 2, 3};
  CHECK(late.put(wrong) == 0);
  CHECK(late.put({}) == 0);
  CHECK_FALSE(late.take(tickets[4], std::span(to).first(1)));  // no room: it stays
  CHECK(late.take(tickets[4], to));
  CHECK(to[0] == 4);
  // What was taken makes room without loss, whichever it was, and then the oldest does.
  LateLabels<2, 3> full;
  for (int i = 0; i < 3; ++i) tickets.push_back(full.put(std::array{static_cast<float>(10 + i), 0.0f}));
  CHECK(full.take(tickets[6], to));
  tickets.push_back(full.put(std::array{13.0f, 0.0f}));
  CHECK(full.expired() == 0);
  CHECK(full.waiting() == 3);
  tickets.push_back(full.put(std::array{14.0f, 0.0f}));
  CHECK(full.expired() == 1);
  CHECK_FALSE(full.take(tickets[5], to));
  for (int i : {7, 8, 9}) {
    CHECK(full.take(tickets[static_cast<std::size_t>(i)], to));
    CHECK(to[0] == static_cast<float>(i + 5));
  }
  CHECK(full.waiting() == 0);
  LateLabels<1, 1, std::int8_t> one;
  const std::int8_t a[] = {5};
  std::int8_t back[1];
  CHECK(one.take(one.put(a), back));
  CHECK(one.take(one.put(a), back));
  CHECK(one.expired() == 0);
}

TEST_CASE("the best weights are kept and put back", "[device]") {
  BestWeights<4> best;
  std::array<std::byte, 4> weights{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}, other{};
  CHECK_FALSE(best.restore(other));
  CHECK_FALSE(best.offer(std::numeric_limits<float>::quiet_NaN(), weights));
  CHECK_FALSE(best.offer(std::numeric_limits<float>::infinity(), weights));
  CHECK_FALSE(best.kept());
  CHECK(best.offer(0.5f, weights));
  CHECK_FALSE(best.offer(0.5f, other));  // no better
  CHECK_FALSE(best.offer(0.7f, other));
  CHECK(best.restore(other));
  CHECK(other == weights);
  CHECK_FALSE(best.offer(0.1f, std::span(weights).first(3)));
  CHECK_FALSE(best.restore(std::span(weights).first(3)));
  weights[0] = std::byte{9};
  CHECK(best.offer(-1, weights));
  CHECK(best.best() == -1);
  best.restore(other);
  CHECK(other[0] == std::byte{9});
  best.forget();
  CHECK_FALSE(best.restore(other));
}

template <ReplayPolicy Policy, int Capacity = 64, int Classes = 4>
using Store = ReplayStore<2, Capacity, Classes, Policy>;

/// Adds sample `i`, which says its number.
template <class S>
bool add(S& store, int i, int label) {
  const std::int8_t sample[] = {static_cast<std::int8_t>(i & 127), static_cast<std::int8_t>(i >> 7)};
  return store.add(sample, label);
}
template <class S>
int number_of(const S& store, int i) {
  return store.sample(i)[0] + 128 * store.sample(i)[1];
}

TEST_CASE("a replay store refuses what is no sample, and draws nothing of nothing", "[device]") {
  Store<ReplayPolicy::balanced> store;
  const std::int8_t sample[] = {1, 2, 3};
  CHECK_FALSE(store.add(std::span(sample).first(2), 4));
  CHECK_FALSE(store.add(std::span(sample).first(2), -1));
  CHECK_FALSE(store.add(sample, 0));
  CHECK_FALSE(store.add({}, 0));
  CHECK(store.size() == 0);
  CHECK(store.seen() == 0);
  float x[4];
  std::int32_t y[2];
  CHECK(store.draw_batch(0, 1, 0, x, y) == 0);
  CHECK(add(store, 5, 3));
  CHECK(store.draw_batch(7, 0.5f, 1, x, y) == 2);  // the only one, twice
  CHECK(x[0] == 2.0f);
  CHECK(x[1] == -0.5f);
  CHECK(x[2] == 2.0f);
  CHECK(y[1] == 3);
  CHECK(store.draw_batch(7, 0.5f, 1, std::span(x).first(3), y) == 1);
  CHECK(store.draw_batch(7, 0.5f, 1, x, std::span(y).first(0)) == 0);
  static_assert(std::is_trivially_copyable_v<Store<ReplayPolicy::ring>>);
}

TEST_CASE("a ring keeps the last samples", "[device]") {
  Store<ReplayPolicy::ring> store;
  for (int i = 0; i < 1000; ++i) CHECK(add(store, i, i % 4));
  CHECK(store.size() == 64);
  CHECK(store.seen() == 1000);
  std::vector<bool> there(1000);
  for (int i = 0; i < 64; ++i) there[static_cast<std::size_t>(number_of(store, i))] = true;
  for (std::size_t i = 936; i < 1000; ++i) CHECK(there[i]);
}

TEST_CASE("a reservoir keeps all samples that came with one probability", "[device]") {
  // Of 256 samples 64 stay; over 2,000 stores each sample stays in 500, give or take.
  std::vector<int> kept(256);
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    Store<ReplayPolicy::reservoir> store(seed);
    for (int i = 0; i < 256; ++i) add(store, i, 0);
    for (int i = 0; i < store.size(); ++i) ++kept[static_cast<std::size_t>(number_of(store, i))];
  }
  double squares = 0;
  for (int n : kept) {
    CHECK(std::abs(n - 500) < 100);  // 5 standard deviations
    squares += (n - 500.0) * (n - 500.0) / 375;
  }
  CHECK(squares / 256 == Approx(1).epsilon(0.35));
}

TEST_CASE("a balanced store keeps rare classes", "[device]") {
  Store<ReplayPolicy::balanced> store(3);
  int rare = 0;
  for (int i = 0; i < 4000; ++i) {
    const int label = i % 200 == 0 ? 1 + rare++ % 3 : 0;  // 20 samples of three classes together
    add(store, i, label);
  }
  CHECK(store.size() == 64);
  CHECK(store.size_of(1) == 7);
  CHECK(store.size_of(2) == 7);
  CHECK(store.size_of(3) == 6);
  CHECK(store.size_of(0) == 44);
  // Three come to be as frequent as the first: all have their quarter.
  for (int i = 0; i < 4000; ++i) add(store, i, i % 4);
  for (int c = 0; c < 4; ++c) CHECK(store.size_of(c) == 16);
  int sum = 0;
  for (int i = 0; i < store.size(); ++i) sum += store.label(i);
  CHECK(sum == 16 * (1 + 2 + 3));
}

TEST_CASE("within a class a balanced store is a reservoir", "[device]") {
  std::vector<int> kept(128);
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    Store<ReplayPolicy::balanced, 32, 2> store(seed);
    for (int i = 0; i < 256; ++i) add(store, i / 2, i % 2);
    CHECK(store.size_of(0) == 16);
    for (int i = 0; i < store.size(); ++i)
      if (store.label(i) == 0) ++kept[static_cast<std::size_t>(number_of(store, i))];
  }
  for (int n : kept) CHECK(std::abs(n - 250) < 75);  // 16 of 128; 5 standard deviations
}

/// Of `Classes` classes in turn, how often each of the samples that one class had stays, over many stores.
template <int Capacity, int Classes>
std::vector<int> kept_of(int label, int samples, std::uint32_t stores) {
  std::vector<int> kept(static_cast<std::size_t>(samples));
  for (std::uint32_t seed = 0; seed < stores; ++seed) {
    Store<ReplayPolicy::balanced, Capacity, Classes> store(seed);
    for (int i = 0; i < samples * Classes; ++i) add(store, i / Classes, i % Classes);
    for (int i = 0; i < store.size(); ++i)
      if (store.label(i) == label) ++kept[static_cast<std::size_t>(number_of(store, i))];
  }
  return kept;
}

TEST_CASE("a balanced store is a reservoir where its classes do not divide it", "[device]") {
  constexpr std::uint32_t stores = 1000;
  for (const int label : {0, 1, 2}) {
    CAPTURE(label);
    const std::vector<int> kept = kept_of<7, 3>(label, 20, stores);  // 7 = 3 + 2 + 2
    const int all = std::accumulate(kept.begin(), kept.end(), 0);
    CHECK(all >= 2 * static_cast<int>(stores));
    CHECK(all <= 3 * static_cast<int>(stores));
    // A sample is one of 20 in each store: 5 standard deviations.
    for (const int n : kept) CHECK(std::abs(n - all / 20.0) < 5 * std::sqrt(all / 20.0));
  }
}

TEST_CASE("a balanced store holds each of more classes than fit equally often", "[device]") {
  constexpr std::uint32_t stores = 1000;
  for (int label = 0; label < 5; ++label) {
    CAPTURE(label);
    const std::vector<int> kept = kept_of<2, 5>(label, 10, stores);
    CHECK(std::abs(std::accumulate(kept.begin(), kept.end(), 0) - 400) <
          80);  // 2 of 5; 5 standard deviations
    for (const int n : kept) CHECK(std::abs(n - 40) < 32);
  }
}

TEST_CASE("a class that comes late has its share of a balanced store, and a rare one keeps all", "[device]") {
  Store<ReplayPolicy::balanced, 7, 3> store(1);
  for (int i = 0; i < 100; ++i) add(store, i, 0);
  add(store, 0, 2);
  CHECK(store.size_of(0) == 6);
  for (int i = 0; i < 100; ++i) add(store, i, 1);
  CHECK(store.size_of(0) == 3);
  CHECK(store.size_of(1) == 3);
  CHECK(store.size_of(2) == 1);
}

TEST_CASE("a replay store is a function of its samples and seed", "[device]") {
  Store<ReplayPolicy::balanced> a(5), b(5), c(6);
  for (int i = 0; i < 500; ++i) {
    add(a, i, i % 3);
    add(b, i, i % 3);
    add(c, i, i % 3);
  }
  int same = 0;
  for (int i = 0; i < 64; ++i) {
    CHECK(number_of(a, i) == number_of(b, i));
    same += number_of(a, i) == number_of(c, i);
  }
  CHECK(same < 32);
  std::vector<int> drawn(64);
  for (std::uint32_t step = 0; step < 640; ++step)
    for (std::uint32_t row = 0; row < 10; ++row) {
      CHECK(a.draw(step, row) == b.draw(step, row));
      ++drawn[static_cast<std::size_t>(a.draw(step, row))];
    }
  for (int n : drawn) CHECK(std::abs(n - 100) < 50);
  // The store of the size: a byte a number, a byte a label, and little beside.
  using Large = ReplayStore<64, 256, 12>;
  static_assert(sizeof(Large) == 256 * 65 + 84);
  static_assert(sizeof(ReplayStore<64, 256, 12, ReplayPolicy::ring>) == 256 * 65 + 40);
  static_assert(sizeof(ClassBalance<12>) == 12 * 4 + 8);
  static_assert(sizeof(LateLabels<16, 8>) == 8 * (16 * 4 + 4) + 8);
  static_assert(sizeof(BestWeights<1000>) == 1000 + 8);
}

TEST_CASE("a replay store of one sample", "[device]") {
  Store<ReplayPolicy::ring, 1> ring;
  Store<ReplayPolicy::balanced, 1, 1> balanced;
  for (int i = 0; i < 10; ++i) {
    CHECK(add(ring, i, 2));
    add(balanced, i, 0);
  }
  CHECK(number_of(ring, 0) == 9);
  CHECK(balanced.size() == 1);
  for (int wrong : {-1, 4, 300, std::numeric_limits<int>::min()}) CHECK(ring.size_of(wrong) == 0);
  CHECK(ring.size_of(2) == 1);
}

/// All samples of one class: what stays does so by chance, each as likely as another.
template <ReplayPolicy Policy, int Capacity>
void check_one_class() {
  std::vector<int> kept(1024);
  constexpr int stores = 400;
  for (std::uint32_t seed = 0; seed < stores; ++seed) {
    Store<Policy, Capacity, 256> store(seed);
    for (int i = 0; i < 1024; ++i) add(store, i, 255);
    CHECK(store.size() == Capacity);
    CHECK(store.size_of(255) == Capacity);
    for (int i = 0; i < store.size(); ++i) ++kept[static_cast<std::size_t>(number_of(store, i))];
  }
  int early = 0;
  for (std::size_t i = 0; i < 512; ++i) early += kept[i];
  // Half of what is kept came in the first half; 6 standard deviations of a draw with replacement.
  CHECK(std::abs(early - stores * Capacity / 2) < 6 * std::sqrt(stores * Capacity / 4.0));
}

TEST_CASE("a replay store of one class, the last of 256", "[device]") {
  check_one_class<ReplayPolicy::balanced, 1>();
  check_one_class<ReplayPolicy::balanced, 256>();
  check_one_class<ReplayPolicy::reservoir, 1>();
  check_one_class<ReplayPolicy::reservoir, 256>();
}

}  // namespace
