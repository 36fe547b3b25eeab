// SPDX-License-Identifier: BSL-1.0
// Kernels of pooling, padding, resizing, permuting, merging and look-up against the loops of their
// definitions.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/layers/window.hpp>
#include <limits>
#include <random>
#include <runtime/kernels/portable/binary.hpp>
#include <runtime/kernels/portable/embedding.hpp>
#include <runtime/kernels/portable/pad.hpp>
#include <runtime/kernels/portable/permute.hpp>
#include <runtime/kernels/portable/pooling.hpp>
#include <runtime/kernels/portable/resize.hpp>
#include <runtime/kernels/portable/unit_norm.hpp>
#include <vector>

namespace {

using namespace etch::kernels;
using Floats = std::vector<float>;

Floats random_floats(int n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> number(-40, 40);  // few values: ties are common
  Floats result(static_cast<std::size_t>(n));
  for (float& x : result) x = static_cast<float>(number(generator)) / 8;
  return result;
}

/// An element of [rows, height, width, channels], or a default outside.
struct Image {
  int height, width, channels;
  int size() const { return height * width * channels; }
  bool has(int y, int x) const { return y >= 0 && y < height && x >= 0 && x < width; }
  std::size_t at(int row, int y, int x, int c) const {
    return static_cast<std::size_t>(((row * height + y) * width + x) * channels + c);
  }
};

/// Zeros of both signs are two numbers, and every NaN is one.
bool same_bits(const Floats& a, const Floats& b) {
  const auto same = [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y) ||
           (std::isnan(x) && std::isnan(y));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

struct PoolCase {
  int height, width, channels;
  etch::Pair size, stride;
  etch::Padding padding;
};
const PoolCase pool_cases[] = {
    {4, 6, 3, 2, 2, etch::valid},
    {5, 7, 1, 3, 1, etch::same},
    {5, 6, 9, {2, 3}, {1, 2}, etch::valid},
    {1, 8, 2, {1, 3}, {1, 2}, etch::same},
    {7, 5, 17, 3, 2, etch::same},
    {3, 4, 5, {3, 4}, 1, etch::valid},
    {6, 6, 2, 2, 3, etch::same},
    {2, 2, 1, 5, 1, etch::same},
    {5, 7, 8, 2, 2, etch::same},
    {4, 6, 16, 2, 2, etch::valid},
    {5, 5, 8, 2, 3, etch::valid},
    {3, 5, 8, {3, 5}, 1, etch::valid},
};

Pool make_pool(const PoolCase& c, PoolKind kind) {
  const auto y = etch::windows_along(c.height, c.size.first, c.stride.first, c.padding);
  const auto x = etch::windows_along(c.width, c.size.second, c.stride.second, c.padding);
  return {kind,         c.height,      c.width,        c.channels,      y.count,  x.count,
          c.size.first, c.size.second, c.stride.first, c.stride.second, y.before, x.before};
}

TEST_CASE("pooling equals the loops of its definition", "[pooling]") {
  constexpr int rows = 2;
  for (const PoolCase& c : pool_cases)
    for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
      const Pool d = make_pool(c, kind);
      const Image in{d.height, d.width, d.channels}, out{d.out_height, d.out_width, d.channels};
      INFO(d.height << "x" << d.width << "x" << d.channels << " kind " << static_cast<int>(kind));
      REQUIRE(out.size() > 0);
      const Floats x = random_floats(rows * in.size(), 1);
      Floats dy = random_floats(rows * out.size(), 2);
      for (std::size_t i = 0; i < dy.size(); i += 3) dy[i] = -0.0f;
      dy[dy.size() / 2] = std::numeric_limits<float>::quiet_NaN();
      Floats expected(dy.size()), slope(x.size());
      for (int r = 0; r < rows; ++r)
        for (int oy = 0; oy < out.height; ++oy)
          for (int ox = 0; ox < out.width; ++ox)
            for (int ch = 0; ch < in.channels; ++ch) {
              std::vector<std::size_t> taps;
              for (int i = 0; i < d.pool_height; ++i)
                for (int j = 0; j < d.pool_width; ++j) {
                  const int iy = oy * d.stride_height + i - d.top, ix = ox * d.stride_width + j - d.left;
                  if (in.has(iy, ix)) taps.push_back(in.at(r, iy, ix, ch));
                }
              const std::size_t o = out.at(r, oy, ox, ch);
              if (kind == PoolKind::max) {
                const std::size_t best = *std::max_element(
                    taps.begin(), taps.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
                expected[o] = x[best];
                slope[best] += dy[o];
              } else {
                float sum = 0;
                for (const std::size_t tap : taps) sum += x[tap];
                expected[o] = sum / static_cast<float>(taps.size());
                for (const std::size_t tap : taps) slope[tap] += dy[o] / static_cast<float>(taps.size());
              }
            }
      std::vector<std::int8_t> taps(dy.size());
      Floats y(dy.size()), dx(x.size()), again(x.size());
      portable::pool_forward(d, rows, x.data(), y.data(), taps.data());
      CHECK(y == expected);
      portable::pool_backward<float, std::int8_t>(d, rows, dy.data(), x.data(), nullptr, dx.data());
      CHECK(same_bits(dx, slope));
      if (kind == PoolKind::max) {
        portable::pool_backward<float, std::int8_t>(d, rows, dy.data(), nullptr, taps.data(), again.data());
        CHECK(same_bits(again, slope));
      }
      if (d.top == 0 && d.left == 0) {
        Floats place = x;
        portable::pool_forward<float, std::int8_t>(d, rows, place.data(), place.data(), nullptr);
        place.resize(y.size());
        CHECK(place == expected);
      }
    }
}

TEST_CASE("the larger of two numbers is it for every pair of bytes, at the ends of int16, and of no NaN",
          "[pooling]") {
  using etch::kernels::detail::larger;
  int wrong = 0;
  for (int a = -128; a < 128; ++a)
    for (int b = -128; b < 128; ++b)
      wrong += larger(static_cast<std::int8_t>(a), static_cast<std::int8_t>(b)) != std::max(a, b);
  CHECK(wrong == 0);
  for (const std::int16_t a : {-32768, -1, 0, 1, 32767})
    for (const std::int16_t b : {-32768, -1, 0, 1, 32767}) CHECK(larger(a, b) == std::max(a, b));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(larger(nan, 1.0f) == 1.0f);      // what comes later and is none is left out,
  CHECK(std::isnan(larger(1.0f, nan)));  // and what comes first stays, as where its place is kept
}

TEST_CASE("padding and cropping move the input, and back", "[pad]") {
  constexpr int rows = 3;
  const int amounts[][4] = {{1, 1, 1, 1},   {0, 2, 3, 0},   {-1, -1, -1, -1}, {-2, 0, 0, -1},
                            {-1, 2, 3, -2}, {0, 0, -1, -1}, {0, 0, 0, 0}};
  for (const auto& [top, bottom, left, right] : amounts) {
    const Image in{4, 5, 3}, out{4 + top + bottom, 5 + left + right, 3};
    const Pad d{4, 5, 3, out.height, out.width, top, left};
    const Floats x = random_floats(rows * in.size(), 3);
    Floats y(static_cast<std::size_t>(rows * out.size())), expected(y.size());
    for (int r = 0; r < rows; ++r)
      for (int i = 0; i < out.height; ++i)
        for (int j = 0; j < out.width; ++j)
          for (int c = 0; c < 3; ++c)
            if (in.has(i - top, j - left)) expected[out.at(r, i, j, c)] = x[in.at(r, i - top, j - left, c)];
    pad(d, rows, x.data(), y.data());
    INFO(top << " " << bottom << " " << left << " " << right);
    CHECK(y == expected);
    if (top <= 0 && bottom <= 0 && left <= 0 && right <= 0) {
      Floats place = x;
      pad(d, rows, place.data(), place.data());
      place.resize(y.size());
      CHECK(place == expected);
    }
  }
}

/// What tf.image.resize with half-pixel centres defines, in double.
double bilinear(const Image& in, const Floats& x, int r, double at_y, double at_x, int c) {
  const double y0 = std::floor(at_y), x0 = std::floor(at_x);
  const auto value = [&](double i, double j) {
    return x[in.at(r, static_cast<int>(std::clamp(i, 0.0, in.height - 1.0)),
                   static_cast<int>(std::clamp(j, 0.0, in.width - 1.0)), c)];
  };
  const double above = value(y0, x0) + (value(y0, x0 + 1) - value(y0, x0)) * (at_x - x0);
  const double below = value(y0 + 1, x0) + (value(y0 + 1, x0 + 1) - value(y0 + 1, x0)) * (at_x - x0);
  return above + (below - above) * (at_y - y0);
}

TEST_CASE("up-sampling repeats, or interpolates between half-pixel centres", "[resize]") {
  constexpr int rows = 2;
  for (const etch::Pair factor : {etch::Pair(1, 1), etch::Pair(2, 2), etch::Pair(3, 2), etch::Pair(1, 5)})
    for (const etch::Pair extent : {etch::Pair(3, 4), etch::Pair(1, 2), etch::Pair(1, 1)})
      for (const ResizeKind kind : {ResizeKind::nearest, ResizeKind::bilinear}) {
        const Resize d{kind, extent.first, extent.second, 3, factor.first, factor.second};
        const Image in{d.height, d.width, 3}, out{d.height * factor.first, d.width * factor.second, 3};
        const Floats x = random_floats(rows * in.size(), 4), dy = random_floats(rows * out.size(), 5);
        Floats y(dy.size()), dx(x.size());
        resize(d, rows, x.data(), y.data());
        resize_backward(d, rows, dy.data(), dx.data());
        double forward = 0, back = 0;  // the backward pass is the transpose: <y, dy> = <x, dx>
        for (std::size_t i = 0; i < y.size(); ++i) forward += double{y[i]} * dy[i];
        for (std::size_t i = 0; i < x.size(); ++i) back += double{x[i]} * dx[i];
        CHECK(forward == Approx(back).margin(1e-3));
        for (int r = 0; r < rows; ++r)
          for (int i = 0; i < out.height; ++i)
            for (int j = 0; j < out.width; ++j)
              for (int c = 0; c < 3; ++c) {
                const double expected = kind == ResizeKind::nearest
                                            ? x[in.at(r, i / factor.first, j / factor.second, c)]
                                            : bilinear(in, x, r, (i + 0.5) / factor.first - 0.5,
                                                       (j + 0.5) / factor.second - 0.5, c);
                REQUIRE(y[out.at(r, i, j, c)] == Approx(expected).margin(2e-6));
              }
      }
}

TEST_CASE("permuting moves every element to its place", "[permute]") {
  constexpr int rows = 2;
  const std::array<int, 4> extent{2, 3, 4, 5};
  std::array<int, 4> order{0, 1, 2, 3};
  const Floats x = random_floats(rows * 120, 6);
  do {
    Floats y(x.size());
    permute(permutation(extent, order), rows, x.data(), y.data());
    std::array<int, 4> out{};
    for (unsigned i = 0; i < 4; ++i) out[i] = extent[static_cast<unsigned>(order[i])];
    for (int e = 0; e < static_cast<int>(x.size()); ++e) {
      std::array<int, 4> from{};  // the place of element e of x, axis by axis
      for (int i = 3, rest = e % 120; i >= 0; --i) {
        from[static_cast<unsigned>(i)] = rest % extent[static_cast<unsigned>(i)];
        rest /= extent[static_cast<unsigned>(i)];
      }
      int to = e / 120;
      for (unsigned i = 0; i < 4; ++i) to = to * out[i] + from[static_cast<unsigned>(order[i])];
      REQUIRE(y[static_cast<std::size_t>(to)] == x[static_cast<std::size_t>(e)]);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

float apply(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::subtract:
      return a - b;
    case BinaryKind::multiply:
      return a * b;
    case BinaryKind::average:
      return (a + b) / 2;
    case BinaryKind::maximum:
      return std::max(a, b);
    default:
      return std::min(a, b);
  }
}

constexpr BinaryKind binary_kinds[] = {BinaryKind::add,     BinaryKind::subtract, BinaryKind::multiply,
                                       BinaryKind::average, BinaryKind::maximum,  BinaryKind::minimum};

TEST_CASE("merging broadcasts extents of 1, and sums their gradients", "[binary]") {
  constexpr int rows = 2;
  const std::array<int, 4> y_extent{2, 3, 2, 4};
  const std::array<int, 4> others[] = {{2, 3, 2, 4}, {1, 1, 1, 4}, {2, 1, 2, 1}, {1, 1, 1, 1}, {1, 3, 1, 4}};
  for (const BinaryKind kind : binary_kinds)
    for (const auto& b_extent : others)
      for (const bool swapped : {false, true}) {
        const auto& first = swapped ? b_extent : y_extent;
        const auto& second = swapped ? y_extent : b_extent;
        const Binary d = broadcast(kind, 2, y_extent, first, second);
        const Floats a = random_floats(rows * d.a_elements, 7), b = random_floats(rows * d.b_elements, 8);
        const Floats dy = random_floats(rows * 48, 9);
        Floats y(dy.size()), da(a.size()), db(b.size()), slope_a(a.size()), slope_b(b.size());
        binary(d, rows, a.data(), b.data(), y.data());
        binary_backward(d, rows, dy.data(), a.data(), b.data(), da.data(), db.data());
        const auto at = [&](const std::array<int, 4>& extent, int e) {
          int place = e / 48, rest = e % 48, index[4];
          for (int i = 3; i >= 0; --i) {
            index[i] = rest % y_extent[static_cast<unsigned>(i)];
            rest /= y_extent[static_cast<unsigned>(i)];
          }
          for (unsigned i = 0; i < 4; ++i) place = place * extent[i] + (extent[i] == 1 ? 0 : index[i]);
          return static_cast<std::size_t>(place);
        };
        for (int e = 0; e < rows * 48; ++e) {
          const std::size_t i = at(first, e), j = at(second, e), o = static_cast<std::size_t>(e);
          REQUIRE(y[o] == apply(kind, a[i], b[j]));
          const bool to_a = kind == BinaryKind::maximum ? a[i] >= b[j] : a[i] <= b[j];
          switch (kind) {
            case BinaryKind::multiply:
              slope_a[i] += dy[o] * b[j];
              slope_b[j] += dy[o] * a[i];
              break;
            case BinaryKind::maximum:
            case BinaryKind::minimum:
              (to_a ? slope_a[i] : slope_b[j]) += dy[o];
              break;
            default:
              slope_a[i] += kind == BinaryKind::average ? dy[o] / 2 : dy[o];
              slope_b[j] += kind == BinaryKind::average    ? dy[o] / 2
                            : kind == BinaryKind::subtract ? -dy[o]
                                                           : dy[o];
          }
        }
        CHECK(da == slope_a);
        CHECK(db == slope_b);
      }
}

TEST_CASE("an embedding looks rows up, holds wrong indices inside and sums the gradient of each row",
          "[embedding]") {
  const Embedding d{5, 19, 3};
  const Floats x{0, 4, 2, 2, 2.75f, 3, -1, 1e30f, std::numeric_limits<float>::quiet_NaN()};
  const int expected[] = {0, 4, 2, 2, 2, 3, 0, 4, 0};
  const Floats table = random_floats(5 * 19, 10), dy = random_floats(9 * 19, 11);
  Floats y(dy.size()), gradient(table.size(), 99), sum(table.size());
  embedding_forward(d, 3, x.data(), table.data(), y.data());
  embedding_backward<float>(d, {}, 3, dy.data(), x.data(), GradientSink<float>(Rule::none, gradient.data()));
  for (std::size_t p = 0; p < 9; ++p)
    for (std::size_t k = 0; k < 19; ++k) {
      const std::size_t from = static_cast<std::size_t>(expected[p]) * 19 + k;
      REQUIRE(y[p * 19 + k] == table[from]);
      sum[from] += dy[p * 19 + k];
    }
  CHECK(gradient == sum);
}

TEST_CASE("vectors are brought to length 1 along any axis", "[unit_norm]") {
  const UnitNorm d{2, 3, 4};
  Floats x = random_floats(2 * 24, 12);
  for (std::size_t i = 0; i < 3; ++i) x[i * 4] = 0;  // one vector of zeros stays what it is
  Floats y(x.size());
  unit_norm(d, 2, x.data(), y.data());
  for (std::size_t o = 0; o < 4; ++o)
    for (std::size_t k = 0; k < 4; ++k) {
      double square = 0, length = 0;
      for (std::size_t i = 0; i < 3; ++i) square += std::pow(double{x[(o * 3 + i) * 4 + k]}, 2);
      for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t at = (o * 3 + i) * 4 + k;
        length += std::pow(double{y[at]}, 2);
        REQUIRE(y[at] * std::sqrt(square) == Approx(x[at]).margin(1e-6));
      }
      CHECK(length == Approx(o == 0 && k == 0 ? 0 : 1));
    }
}

}  // namespace
