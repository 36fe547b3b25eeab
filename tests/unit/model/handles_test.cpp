// SPDX-License-Identifier: BSL-1.0
#include <tests/unit/error_of.hpp>

#include <etch/etch.hpp>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

using namespace etch;

namespace {

inline constexpr auto line = sequential(Input{1}, Dense{1});

constexpr float x[] = {-1, 0, 1, 2}, y[] = {-3, -1, 1, 3};
const Dataset data{std::span<const float>(x), std::span<const float>(y)};
constexpr FitOptions quiet{.epochs = 3, .silent = true};

auto make(std::uint32_t seed = 0) {
  return compile<line>(SGD{.learning_rate = 0.1f}, MeanSquaredError{}, {}, batch<2>, seed);
}
template <int Tag>
auto make_tagged() {
  return compile<line, Tag>(SGD{.learning_rate = 0.1f}, MeanSquaredError{}, {}, batch<2>);
}
float at_three(auto& model) {
  const float sample[] = {3};
  return model.predict(std::span<const float>(sample))[0];
}
std::vector<std::byte> bytes_of(auto& model) {
  model.ensure_ready();
  return {model.weights().begin(), model.weights().end()};
}

TEST_CASE("a model that a factory made before is no model any more, and says so", "[handles]") {
  auto a = make();
  a.fit(data, quiet);
  auto b = make();
  const char* const stale = "the same call of compile ran again";
  const auto says = [&](auto use) {
    INFO(error_of(use));
    CHECK(error_of(use).find(stale) != std::string::npos);
  };
  says([&] { a.fit(data, quiet); });
  says([&] { a.evaluate(data); });
  says([&] { at_three(a); });
  says([&] { a.train_on_batch(Dataset{std::span(x).first(2), std::span(y).first(2)}); });
  says([&] { a.initialize(1); });
  says([&] { a.weights(); });
  says([&] { std::as_const(a).weights(); });
  says([&] { a.optimizer_state(); });
  says([&] { a.input(); });
  says([&] { a.labels(); });
  says([&] { a.step(); });
  says([&] { a.seed(); });
  says([&] { a.reset_states(); });
  says([&] { a.learning_rate(); });
  says([&] { a.save("never_written.safetensors"); });
  says([&] { a.load("never_read.safetensors"); });
  says([&, copy = a]() mutable { at_three(copy); });
  const float before = at_three(b);
  CHECK(b.step() == 0);
  b.fit(data, quiet);
  CHECK(at_three(b) != before);
}

TEST_CASE("a factory with a tag makes models that live side by side", "[handles]") {
  auto a = make_tagged<0>();
  auto b = make_tagged<1>();
  const auto of_b = bytes_of(b);
  a.fit(data, quiet);
  CHECK(bytes_of(b) == of_b);
  CHECK(bytes_of(a) != of_b);
  CHECK(a.step() == 6);
  CHECK(b.step() == 0);
}

TEST_CASE("a copy of a handle is the same model", "[handles]") {
  auto a = make(4);
  auto before = a;
  a.fit(data, quiet);
  auto after = a;
  CHECK(before.step() == 6);
  CHECK(before.seed() == 4);
  CHECK(at_three(before) == at_three(a));
  after.fit(data, quiet);
  CHECK(a.step() == 12);
  CHECK(at_three(before) == at_three(after));
}

inline constexpr auto counting = functional([](Builder& g) {
  return Dense{1}(SimpleRNN{.units = 1, .stateful = true}(g.input({2, 1})));
});

TEST_CASE("k-fold: each fold begins anew", "[handles]") {
  std::vector<float> losses;
  std::vector<std::vector<std::byte>> first;
  for (int fold = 0; fold < 3; ++fold) {
    auto model = make(7);
    first.push_back(bytes_of(model));
    CHECK(model.step() == 0);
    losses.push_back(model.fit(data, quiet).last().loss);
  }
  CHECK(first[1] == first[0]);
  CHECK(first[2] == first[0]);
  CHECK(losses[1] == losses[0]);
  CHECK(losses[2] == losses[0]);

  // States of a model before are not those of the next.
  std::vector<float> results;
  for (int fold = 0; fold < 2; ++fold) {
    auto model = compile<counting>(SGD{}, MeanSquaredError{}, {}, batch<1>, 3);
    const float sequence[] = {1, 1};
    results.push_back(model.predict(std::span<const float>(sequence))[0]);
    CHECK(model.predict(std::span<const float>(sequence))[0] != results.back());
  }
  CHECK(results[1] == results[0]);
}

TEST_CASE("an ensemble's models have weights and seeds of their own", "[handles]") {
  auto members = compile_ensemble<line, 3>(SGD{.learning_rate = 0.1f}, MeanSquaredError{}, {}, batch<2>, 5);
  static_assert(members.size() == 3);
  for (std::uint32_t k = 0; k < 3; ++k) {
    auto alone = make(5 + k);
    CHECK(bytes_of(members[k]) == bytes_of(alone));
  }
  const auto second = bytes_of(members[1]), third = bytes_of(members[2]);
  CHECK(second != third);
  members[0].fit(data, quiet);
  CHECK(bytes_of(members[1]) == second);
  float sum = 0;
  for (auto& model : members) {
    model.fit(data, {.epochs = 100, .silent = true});
    sum += at_three(model);
  }
  CHECK(sum / 3 == Approx(5).epsilon(1e-3));
  CHECK(members[0].step() == 206);
  CHECK(members[2].step() == 200);
}

TEST_CASE("two trainers on one storage of the user's: the later one has it", "[handles]") {
  using Model = Trainer<line, SGD, MeanSquaredError, hana::tuple<>, 2>;
  static Model::Storage storage;
  Model a(storage, SGD{}), b(storage, SGD{});
  a.fit(data, quiet);
  CHECK(a.step() == 6);
  b.fit(data, quiet);
  CHECK(b.step() == 6);
  CHECK(error_of([&] { at_three(a); }) != "");
}

TEST_CASE("a history that a later fit wrote over says so", "[handles]") {
  auto members = compile_ensemble<line, 2>(SGD{}, MeanSquaredError{}, {}, batch<2>);
  EpochResult own[3];
  const History kept = members[0].fit(data, {.epochs = 3, .silent = true, .history = own});
  const History first = members[0].fit(data, quiet);
  const float loss = first.last().loss;
  CHECK(first.get("loss") == loss);
  const History second = members[1].fit(data, quiet);
  CHECK(error_of([&] { first.get("loss"); }).find("wrote over this history") != std::string::npos);
  CHECK(error_of([&] { first.last(); }).find("wrote over this history") != std::string::npos);
  CHECK(second.get("loss") != loss);
  CHECK(kept.get("loss") > loss);
}

}  // namespace
