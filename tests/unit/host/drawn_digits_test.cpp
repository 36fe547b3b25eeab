// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <runtime/host/data/drawn_digits.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/sha256.hpp>
#include <span>
#include <string>
#include <vector>

namespace {

using etch::host::draw_digits;
using etch::host::ImageSet;

constexpr std::size_t image_size = 784;

std::span<const std::uint8_t> image(const ImageSet& set, int i) {
  return std::span(set.images).subspan(static_cast<std::size_t>(i) * image_size, image_size);
}

using Centroids = std::array<std::vector<double>, 10>;

/// The mean image of each digit; classes are balanced, so that sums would compare wrongly but means do not.
Centroids centroids(const ImageSet& set) {
  Centroids means;
  for (auto& mean : means) mean.resize(image_size);
  for (int i = 0; i < set.count(); ++i) {
    const auto pixels = image(set, i);
    auto& mean = means[set.labels[static_cast<std::size_t>(i)]];
    for (std::size_t p = 0; p < image_size; ++p) mean[p] += pixels[p] * 10.0 / set.count();
  }
  return means;
}

double squared_distance(std::span<const std::uint8_t> pixels, const std::vector<double>& mean) {
  double sum = 0.0;
  for (std::size_t p = 0; p < image_size; ++p) sum += (pixels[p] - mean[p]) * (pixels[p] - mean[p]);
  return sum;
}

int nearest(std::span<const std::uint8_t> pixels, const Centroids& means) {
  int best = -1;
  double least = std::numeric_limits<double>::infinity();
  for (int digit = 0; digit < 10; ++digit) {
    const double distance = squared_distance(pixels, means[static_cast<std::size_t>(digit)]);
    if (distance < least) {
      least = distance;
      best = digit;
    }
  }
  return best;
}

struct Centre {
  double x, y;
};

Centre centre_of_mass(std::span<const std::uint8_t> pixels) {
  double x = 0.0, y = 0.0, total = 0.0;
  for (std::size_t p = 0; p < image_size; ++p) {
    x += static_cast<double>(p % 28) * pixels[p];
    y += static_cast<double>(p / 28) * pixels[p];
    total += pixels[p];
  }
  return {x / total, y / total};
}

}  // namespace

TEST_CASE("drawn digits are the same bytes on every machine", "[drawn_digits]") {
  const ImageSet set = draw_digits(1'000, 42);
  CHECK(etch::host::sha256_hex(set.images) ==
        "36a1bda85dfc59b45ca1c72657b2998ed6dd194038a686081e8a675e305f3df7");
  CHECK(etch::host::sha256_hex(set.labels) ==
        "fec79f8789916ecc6c5890a73f9e7843a664861015653e70546d569b7d7ae2bc");
}

TEST_CASE("the first drawn digits do not depend on how many follow", "[drawn_digits]") {
  const ImageSet few = draw_digits(25, 7), many = draw_digits(100, 7);
  CHECK(std::equal(few.images.begin(), few.images.end(), many.images.begin()));
  CHECK(std::equal(few.labels.begin(), few.labels.end(), many.labels.begin()));
}

TEST_CASE("another seed draws other digits", "[drawn_digits]") {
  const ImageSet a = draw_digits(100, 0), b = draw_digits(100, 1);
  CHECK(a.labels != b.labels);
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK_FALSE(std::ranges::equal(image(a, i), image(b, i)));
  }
}

TEST_CASE("each ten drawn digits hold every digit once, in changing order", "[drawn_digits]") {
  const ImageSet set = draw_digits(200, 3);
  for (auto ten = set.labels.begin(); ten != set.labels.end(); ten += 10) {
    std::vector<std::uint8_t> digits(ten, ten + 10);
    if (ten != set.labels.begin()) CHECK_FALSE(std::equal(digits.begin(), digits.end(), ten - 10));
    std::sort(digits.begin(), digits.end());
    CHECK(digits == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("drawn digits have MNIST's size, brightness and place", "[drawn_digits]") {
  const ImageSet set = draw_digits(1'000, 5);
  CHECK(set.rows == 28);
  CHECK(set.columns == 28);
  REQUIRE(set.images.size() == 1'000 * image_size);
  const double mean = std::accumulate(set.images.begin(), set.images.end(), 0.0) / 784'000.0;
  CHECK(mean > 25.0);
  CHECK(mean < 40.0);  // MNIST: 33.3
  for (int i = 0; i < set.count(); ++i) {
    CAPTURE(i);
    const auto pixels = image(set, i);
    CHECK(*std::max_element(pixels.begin(), pixels.end()) > 150);
    const Centre centre = centre_of_mass(pixels);
    CHECK(centre.x == Approx(13.5).margin(3.0));
    CHECK(centre.y == Approx(13.5).margin(3.0));
    CHECK(pixels[0] + pixels[27] + pixels[image_size - 28] + pixels[image_size - 1] == 0);
  }
}

TEST_CASE("a simple method learns drawn digits, though not perfectly", "[drawn_digits]") {
  const Centroids means = centroids(draw_digits(5'000, 1));
  const ImageSet test = draw_digits(2'000, 2);
  int right = 0;
  std::array<int, 10> right_of{};
  for (int i = 0; i < test.count(); ++i) {
    const std::uint8_t label = test.labels[static_cast<std::size_t>(i)];
    if (nearest(image(test, i), means) != label) continue;
    right += 1;
    right_of[label] += 1;
  }
  CHECK(right > 1'600);
  CHECK(right < 1'900);
  // Of 200 each: no digit may be drawn as something else.
  for (const int count : right_of) CHECK(count > 100);
}

TEST_CASE("a count below one is refused", "[drawn_digits]") {
  CHECK_THROWS_AS(draw_digits(0, 1), etch::Error);
  CHECK_THROWS_WITH(draw_digits(-3, 1), Catch::Matchers::StartsWith("draw_digits was asked for -3 images"));
}
