// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/layers/initializers.hpp>
#include <etch/model/training/initialize.hpp>
#include <vector>

namespace initializer_test {

using namespace etch;

template <class T = float>
std::vector<T> values(const Initializer& initializer, const Shape& shape, std::uint32_t seed = 7,
                      int index = 3) {
  Parameter p{shape, initializer};
  p.fan_in = shape.size() / shape.last();
  p.fan_out = shape.last();
  std::vector<T> all(static_cast<std::size_t>(shape.size()), T(99));
  initialize(p, index, seed, all.data());
  return all;
}

struct Statistics {
  double mean = 0, deviation = 0, lowest = 0, highest = 0;
};

Statistics statistics(const std::vector<float>& x) {
  Statistics s;
  s.lowest = static_cast<double>(*std::min_element(x.begin(), x.end()));
  s.highest = static_cast<double>(*std::max_element(x.begin(), x.end()));
  const auto n = static_cast<double>(x.size());
  for (const float each : x) s.mean += static_cast<double>(each) / n;
  for (const float each : x) s.deviation += std::pow(static_cast<double>(each) - s.mean, 2) / n;
  s.deviation = std::sqrt(s.deviation);
  return s;
}

/// 40,000 draws: the mean is within 5 deviations of itself, the deviation within 2 %.
constexpr Shape square{200, 200}, wide{100, 400};

void check_moments(const Initializer& initializer, const Shape& shape, double mean, double deviation) {
  const Statistics s = statistics(values(initializer, shape));
  CHECK(std::abs(s.mean - mean) < 5 * deviation / 200);
  CHECK(s.deviation == Approx(deviation).epsilon(0.02));
}

void check_uniform(const Initializer& initializer, const Shape& shape, double low, double high) {
  check_moments(initializer, shape, (low + high) / 2, (high - low) / std::sqrt(12));
  const Statistics s = statistics(values(initializer, shape));
  CHECK(s.lowest >= low);
  CHECK(s.highest <= high);
  CHECK(s.lowest < low + 0.01 * (high - low));
  CHECK(s.highest > high - 0.01 * (high - low));
}

/// Draws of the deviation that the formula names, none beyond two deviations of the draw before correction.
void check_truncated(const Initializer& initializer, const Shape& shape, double deviation) {
  check_moments(initializer, shape, 0, deviation);
  const Statistics s = statistics(values(initializer, shape));
  const double limit = 2 * deviation / 0.87962566;
  CHECK(s.highest <= limit);
  CHECK(s.lowest >= -limit);
  CHECK(s.highest > 0.98 * limit);
}

/// The largest difference of Q^T Q (or Q Q^T) from the identity times gain^2.
template <class T>
double wrongness(const std::vector<T>& q, int rows, int columns, double gain) {
  const int count = std::min(rows, columns), n = std::max(rows, columns);
  const auto at = [&](int k, int i) {
    return static_cast<double>(q[static_cast<std::size_t>(rows >= columns ? i * columns + k : k * n + i)]);
  };
  double worst = 0;
  for (int a = 0; a < count; ++a)
    for (int b = 0; b <= a; ++b) {
      double dot = 0;
      for (int i = 0; i < n; ++i) dot += at(a, i) * at(b, i);
      worst = std::fmax(worst, std::abs(dot - (a == b ? gain * gain : 0)));
    }
  return worst;
}

/// The draws as they have been since the first version: weights of a seed must not change.
float drawn(int index, int element, std::uint32_t seed, float limit) {
  const float u =
      random::uniform({seed, 0}, 0, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(element));
  return (2.0f * u - 1.0f) * limit;
}

}  // namespace initializer_test

using namespace initializer_test;

TEST_CASE("initializers convert from Keras's names and defaults", "[initializer]") {
  constexpr Initializer plain = Initializer::glorot_uniform, named = GlorotUniform{};
  static_assert(plain == named && Initializer{} == Zeros{});
  static_assert(Initializer(RandomNormal{}) == Initializer::random_normal &&
                Initializer(RandomNormal{}).b == 0.05f);
  static_assert(Initializer(RandomUniform{}) == Initializer::random_uniform &&
                Initializer(RandomUniform{}).a == -0.05f);
  static_assert(Initializer(TruncatedNormal{}) == Initializer::truncated_normal);
  static_assert(Initializer(Orthogonal{}) == Initializer::orthogonal && Initializer(Orthogonal{}).a == 1);
  static_assert(Initializer(Identity{.gain = 3}).a == 3 && Initializer(Constant{0.5f}).a == 0.5f);
  CHECK(values(Constant{0.5f}, {2, 3}) == std::vector<float>(6, 0.5f));
  CHECK(values(Zeros{}, {5}) == std::vector<float>(5, 0.0f));
  CHECK(values(Ones{}, {5}) == std::vector<float>(5, 1.0f));
}

TEST_CASE("Glorot's and He's uniform draws keep their bits", "[initializer]") {
  const auto glorot = values(Initializer::glorot_uniform, {30, 70}, 5, 2);
  const auto he = values(Initializer::he_uniform, {30, 70}, 5, 2);
  for (int i = 0; i < 2100; ++i) {
    const auto at = static_cast<std::size_t>(i);
    REQUIRE(std::bit_cast<std::uint32_t>(glorot[at]) ==
            std::bit_cast<std::uint32_t>(drawn(2, i, 5, math::sqrt(6.0f / 100.0f))));
    REQUIRE(std::bit_cast<std::uint32_t>(he[at]) ==
            std::bit_cast<std::uint32_t>(drawn(2, i, 5, math::sqrt(6.0f / 30.0f))));
  }
}

TEST_CASE("uniform initializers fill their intervals", "[initializer]") {
  check_uniform(RandomUniform{}, square, static_cast<double>(-0.05f), static_cast<double>(0.05f));
  check_uniform(RandomUniform{2, 3}, square, 2, 3);
  const double glorot = std::sqrt(6.0 / 500) * (1 + 1e-6), he = std::sqrt(6.0 / 100) * (1 + 1e-6),
               lecun = std::sqrt(3.0 / 100) * (1 + 1e-6);
  check_uniform(GlorotUniform{}, wide, -glorot, glorot);
  check_uniform(HeUniform{}, wide, -he, he);
  check_uniform(LecunUniform{}, wide, -lecun, lecun);
}

TEST_CASE("normal initializers have their moments", "[initializer]") {
  check_moments(RandomNormal{}, square, 0, 0.05);
  check_moments(RandomNormal{.mean = 1, .stddev = 2}, square, 1, 2);
  check_truncated(GlorotNormal{}, wide, std::sqrt(2.0 / 500));
  check_truncated(HeNormal{}, wide, std::sqrt(2.0 / 100));
  check_truncated(LecunNormal{}, wide, std::sqrt(1.0 / 100));
  const Statistics s = statistics(values(TruncatedNormal{.mean = 3, .stddev = 0.5f}, square));
  CHECK(s.mean == Approx(3).epsilon(0.01));
  CHECK(s.deviation == Approx(0.5 * 0.8796).epsilon(0.02));
  CHECK(s.highest <= 4);
  CHECK(s.lowest >= 2);
}

TEST_CASE("draws differ by seed, parameter and element", "[initializer]") {
  for (const Initializer kind :
       {Initializer(HeNormal{}), Initializer(Orthogonal{}), Initializer(HeUniform{})}) {
    const auto one = values(kind, {8, 8}, 1, 0);
    CHECK(one == values(kind, {8, 8}, 1, 0));
    CHECK(one != values(kind, {8, 8}, 2, 0));
    CHECK(one != values(kind, {8, 8}, 1, 1));
    CHECK(std::adjacent_find(one.begin(), one.end()) == one.end());
  }
}

TEST_CASE("orthogonal matrices are orthogonal, whichever way they lie", "[initializer]") {
  for (const auto& [rows, columns] :
       std::vector<std::array<int, 2>>{{1, 1}, {2, 2}, {3, 7}, {7, 3}, {64, 64}, {20, 80}, {150, 150}}) {
    INFO(rows << " x " << columns);
    const Shape shape{rows, columns};
    CHECK(wrongness(values(Orthogonal{}, shape), rows, columns, 1) < 2e-6);
    CHECK(wrongness(values<double>(Orthogonal{}, shape), rows, columns, 1) < 1e-13);
    CHECK(wrongness(values(Orthogonal{.gain = 2}, shape), rows, columns, 2) < 8e-6);
  }
  // All axes but the last make the rows, as in Keras.
  CHECK(wrongness(values(Orthogonal{}, {3, 2, 4}), 6, 4, 1) < 2e-6);
}

TEST_CASE("orthogonal matrices are spread evenly: no direction is special", "[initializer]") {
  double mean[4]{};
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const auto q = values(Orthogonal{}, {2, 2}, seed);
    for (unsigned i = 0; i < 4; ++i) mean[i] += static_cast<double>(q[i]) / 2000;
  }
  for (const double each : mean) CHECK(std::abs(each) < 5 * 0.7071 / std::sqrt(2000));
}

TEST_CASE("orthogonal matrices have the same bits during compilation", "[initializer]") {
  constexpr auto made = [] {
    std::array<float, 12> q{};
    kernels::first_values({kernels::FirstForm::orthogonal, 1, 0, 4, 3}, {7, 3}, q.data());
    return q;
  }();
  const auto run = values(Orthogonal{}, {4, 3});
  CHECK(std::equal(run.begin(), run.end(), made.begin()));
}

TEST_CASE("the identity may have more rows or columns", "[initializer]") {
  CHECK(values(Identity{}, {2, 3}) == std::vector<float>{1, 0, 0, 0, 1, 0});
  CHECK(values(Identity{.gain = 2}, {3, 2}) == std::vector<float>{2, 0, 0, 2, 0, 0});
}

TEST_CASE("an LSTM's forget gate begins at one", "[initializer]") {
  CHECK(values(Initializer::unit_forget_bias, {8}) == std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0});
}
