// SPDX-License-Identifier: BSL-1.0
// The portable convolutions against plain loops over every tap of every place, in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <runtime/kernels/transposed_convolution.hpp>
#include <string>
#include <vector>

namespace {

using namespace etch::kernels;
using Numbers = std::vector<double>;

std::mt19937 generator(7);

int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator); }

Numbers numbers(int n) {
  std::uniform_real_distribution<double> number(-1, 1);
  Numbers result(static_cast<std::size_t>(n));
  for (double& x : result) x = number(generator);
  return result;
}

ConvolutionAxis random_axis() {
  ConvolutionAxis a;
  a.kernel = integer(1, 4), a.stride = integer(1, 3), a.dilation = integer(1, 3);
  const int reach = (a.kernel - 1) * a.dilation;
  a.pad = integer(0, reach);
  const int after = integer(0, reach);
  a.in = integer(1, 7) + (reach > a.pad + after ? reach - a.pad - after : 0);
  a.out = (a.in + a.pad + after - reach - 1) / a.stride + 1;
  return a;
}

Convolution random_convolution() {
  const int groups = integer(0, 1) ? 1 : integer(1, 6);
  const int multiple = integer(0, 2) ? integer(1, 11) : 1;
  return {random_axis(), random_axis(), groups * (integer(0, 2) ? integer(1, 5) : 1), groups * multiple,
          groups};
}

std::string describe(const Convolution& c, int rows) {
  const auto axis = [](const ConvolutionAxis& a) {
    return std::to_string(a.in) + " -> " + std::to_string(a.out) + " k" + std::to_string(a.kernel) + " s" +
           std::to_string(a.stride) + " d" + std::to_string(a.dilation) + " p" + std::to_string(a.pad) + ", ";
  };
  return axis(c.h) + axis(c.w) + "channels " + std::to_string(c.channels) + " -> " +
         std::to_string(c.filters) + " groups " + std::to_string(c.groups) + " rows " + std::to_string(rows);
}

/// Calls f(index in x, index in w, index in y) for every product of the convolution.
template <class F>
void for_products(const Convolution& c, int rows, const F& f) {
  const int in = c.group_channels(), out = c.group_filters();
  for (int r = 0; r < rows; ++r)
    for (int oy = 0; oy < c.h.out; ++oy)
      for (int ox = 0; ox < c.w.out; ++ox)
        for (int o = 0; o < c.filters; ++o)
          for (int ky = 0; ky < c.h.kernel; ++ky)
            for (int kx = 0; kx < c.w.kernel; ++kx)
              for (int i = 0; i < in; ++i) {
                const int y = oy * c.h.stride + ky * c.h.dilation - c.h.pad;
                const int x = ox * c.w.stride + kx * c.w.dilation - c.w.pad;
                if (y < 0 || y >= c.h.in || x < 0 || x >= c.w.in) continue;
                f(static_cast<std::size_t>(((r * c.h.in + y) * c.w.in + x) * c.channels + o / out * in + i),
                  static_cast<std::size_t>(((ky * c.w.kernel + kx) * in + i) * c.filters + o),
                  static_cast<std::size_t>(((r * c.h.out + oy) * c.w.out + ox) * c.filters + o));
              }
}

double worst(const Numbers& a, const Numbers& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

using Sink = GradientSink<double>;

/// The input gradient is added to another one: in place, elsewhere, and by three threads. \param dx of the
/// kernel that adds nothing.
void check_adding(const Convolution& c, int rows, const Numbers& dy, const Numbers& x, const Numbers& w,
                  const Numbers& dx) {
  const ConvolutionBackward adding{.shape = c, .bias = 0, .trainable = 0, .adds = 1};
  const Numbers other = numbers(rows * c.inputs());
  Numbers sum = other, in_place = other, elsewhere(dx.size(), 7), shared = other;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += dx[i];
  convolution_backward<double>(adding, {}, rows, dy.data(), x.data(), w.data(), in_place.data(), Sink{},
                               Sink{}, in_place.data());
  convolution_backward<double>(adding, {}, rows, dy.data(), x.data(), w.data(), elsewhere.data(), Sink{},
                               Sink{}, other.data());
  for (int number = 0; number < 3; ++number)
    convolution_input_share<double>(adding, rows, {number, 3}, dy.data(), w.data(), shared.data(),
                                    shared.data());
  CHECK(in_place == sum);
  CHECK(elsewhere == sum);
  CHECK(shared == sum);
}

void check(const Convolution& c, int rows) {
  INFO(describe(c, rows));
  const Numbers x = numbers(rows * c.inputs()), w = numbers(c.lines() * c.filters);
  const Numbers dy = numbers(rows * c.positions() * c.filters), b = numbers(c.filters);
  Numbers y(dy.size()), dx(x.size(), 0.0), dw(w.size(), 0.0), db(b.size(), 0.0);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = b[i % b.size()], db[i % b.size()] += dy[i];
  for_products(c, rows, [&](std::size_t i, std::size_t k, std::size_t o) {
    y[o] += x[i] * w[k], dx[i] += w[k] * dy[o], dw[k] += x[i] * dy[o];
  });
  Numbers got_y(y.size(), 7), got_dx(x.size(), 7), got_dw(w.size(), 7), got_db(b.size(), 7);
  convolution_forward<double>({c, 1}, rows, x.data(), w.data(), b.data(), got_y.data());
  const Sink kernel{Rule::none, got_dw.data()}, bias{Rule::none, got_db.data()};
  convolution_backward<double>({c}, {}, rows, dy.data(), x.data(), w.data(), got_dx.data(), kernel, bias);
  CHECK(worst(y, got_y) < 1e-12);
  CHECK(worst(dx, got_dx) < 1e-12);
  CHECK(worst(dw, got_dw) < 1e-12);
  CHECK(worst(db, got_db) < 1e-12);
  check_adding(c, rows, dy, x, w, got_dx);

  // The transposed convolution takes dy as its input and makes something of the shape of x.
  const Numbers start = numbers(c.channels);
  Numbers back(x.size()), back_bias(start.size(), 0.0);
  for (std::size_t i = 0; i < back.size(); ++i)
    back[i] = dx[i] + start[i % start.size()], back_bias[i % start.size()] += x[i];
  Numbers forward(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) forward[i] = y[i] - b[i % b.size()];
  Numbers got_bias(start.size(), 7);
  transposed_convolution_forward<double>({c, 1}, rows, dy.data(), w.data(), start.data(), got_dx.data());
  transposed_convolution_backward<double>({c}, {}, rows, x.data(), dy.data(), w.data(), got_y.data(), kernel,
                                          Sink{Rule::none, got_bias.data()});
  CHECK(worst(back, got_dx) < 1e-12);
  CHECK(worst(forward, got_y) < 1e-12);
  CHECK(worst(dw, got_dw) < 1e-12);
  CHECK(worst(back_bias, got_bias) < 1e-12);
}

}  // namespace

TEST_CASE("convolutions and transposed convolutions are the sums of their products") {
  for (int trial = 0; trial < 400; ++trial) check(random_convolution(), integer(1, 3));
}

TEST_CASE("depthwise convolutions are the sums of their products") {
  for (int channels = 1; channels <= 9; ++channels)
    for (int multiplier : {1, 2, 3})
      check({random_axis(), random_axis(), channels, channels * multiplier, channels}, 2);
}

TEST_CASE("a convolution starts from the bias and adds ky, kx and channels in order") {
  // 2^60 absorbs what is added before it is taken away again, so another order gives another number.
  const double big = 0x1p60;
  const Convolution c{{2, 1, 2, 1, 1, 0}, {2, 1, 2, 1, 1, 0}, 2, 1, 1};
  const Numbers x(8, 1.0), b{1.0};
  const auto result = [&](const Numbers& w) {
    double y = 0;
    convolution_forward<double>({c, 1}, 1, x.data(), w.data(), b.data(), &y);
    return y;
  };
  CHECK(result({big, -big, 1, 1, 1, 1, 1, 1}) == 6);
  CHECK(result({big, 1, -big, 1, 1, 1, 1, 1}) == 5);
  CHECK(result({big, 1, 1, 1, -big, 1, 1, 1}) == 3);
  CHECK(result({1, 1, 1, 1, 1, 1, big, -big}) == 0);
}
