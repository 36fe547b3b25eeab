// SPDX-License-Identifier: BSL-1.0
// SVDF against a plain window over the past, and the int8 LSTM against the formulas in real numbers.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <runtime/kernels/portable/int8_lstm.hpp>
#include <runtime/kernels/portable/int8_svdf.hpp>
#include <vector>

namespace {

using namespace etch::kernels;

std::size_t u(int i) { return static_cast<std::size_t>(i); }

struct Random {
  std::mt19937 engine;
  int between(int low, int high) {
    return low + static_cast<int>(engine() % static_cast<unsigned>(high - low + 1));
  }
  std::vector<std::int8_t> bytes(int n, int size) {
    std::vector<std::int8_t> v;
    for (int i = 0; i < n; ++i) v.push_back(static_cast<std::int8_t>(between(-size, size)));
    return v;
  }
};

Int8Scale scale_of(double real) {
  int exponent = 0;
  const double mantissa = std::frexp(real, &exponent);
  return {static_cast<std::int32_t>(std::min(2147483647.0, std::round(mantissa * 2147483648.0))), exponent};
}

TEST_CASE("SVDF weighs the last results of its filters, from a past of zeros", "[int8]") {
  Random random{std::mt19937(2)};
  for (int round = 0; round < 20; ++round) {
    Int8Svdf d{random.between(1, 9), random.between(1, 4), random.between(1, 2), random.between(1, 6), 0};
    d.row = int8_row_bytes(d.in);
    const int zero_point = random.between(-128, 127), state_zero = random.between(-128, 127);
    const auto feature = random.bytes(d.filters() * d.row, 100);
    const auto time = random.bytes(d.filters() * d.memory, 100);
    std::vector<std::int32_t> feature_bias, bias;
    for (int f = 0; f < d.filters(); ++f) {
      feature_bias.push_back(0);
      for (int i = 0; i < d.in; ++i) feature_bias.back() -= zero_point * feature[u(f * d.row + i)];
    }
    for (int k = 0; k < d.units; ++k) bias.push_back(random.between(-3000, 3000));
    const Int8SvdfNumbers n{{1 << 30, -7}, {1 << 30, -6}, state_zero, random.between(-50, 50)};
    std::vector<std::int8_t> state(u(d.filters() * d.memory)), y(u(d.units));
    std::vector<std::vector<int>> past(u(d.filters()), std::vector<int>(u(d.memory), state_zero));
    for (int step = 0; step < 12; ++step) {
      const auto x = random.bytes(d.in, 127);
      int8_svdf(d, x.data(), {feature.data(), feature_bias.data(), time.data(), bias.data()}, n, state.data(),
                y.data());
      for (int f = 0; f < d.filters(); ++f) {
        std::int32_t sum = 0;
        for (int i = 0; i < d.in; ++i) sum += feature[u(f * d.row + i)] * (x[u(i)] - zero_point);
        past[u(f)].erase(past[u(f)].begin());
        past[u(f)].push_back(
            std::clamp(requantize(sum, n.feature.multiplier, n.feature.shift) + state_zero, -128, 127));
      }
      for (int k = 0; k < d.units; ++k) {
        std::int32_t sum = bias[u(k)];
        for (int f = k * d.rank; f < (k + 1) * d.rank; ++f)
          for (int m = 0; m < d.memory; ++m)
            sum += time[u(f * d.memory + m)] * (past[u(f)][u(m)] - state_zero);
        const int expected =
            std::clamp(requantize(sum, n.time.multiplier, n.time.shift) + n.output_zero_point, -128, 127);
        INFO("round " << round << " step " << step);
        REQUIRE(int{y[u(k)]} == expected);
      }
    }
  }
}

std::vector<std::uint16_t> sigmoid_places() {
  std::vector<std::uint16_t> table;
  for (int i = 0; i < 256; ++i)
    table.push_back(
        static_cast<std::uint16_t>(std::min(65535.0, std::round(65536 / (1 + std::exp(-i / 24.0))))));
  return table;
}

TEST_CASE("sigmoid and tanh of int16 follow the real ones", "[int8]") {
  const auto table = sigmoid_places();
  for (int x = -32768; x < 32768; x += 7) {
    const double real = x / 4096.0;
    REQUIRE(int16_sigmoid(3 * x, table.data()) / 32768.0 == Approx(1 / (1 + std::exp(-real))).margin(2e-4));
    REQUIRE(int16_tanh(3 * x, table.data()) / 32768.0 == Approx(std::tanh(real)).margin(4e-4));
  }
}

struct Biases {
  std::vector<std::int32_t> raw, input, recurrent;
};

/// Random biases, and as the kernel takes them: without what zero points add to the sums.
Biases biases_of(Random& random, const Int8Lstm& d, const std::vector<std::int8_t>& kernel, int x_zero,
                 const std::vector<std::int8_t>& recurrent, int y_zero) {
  Biases b;
  for (int k = 0; k < 4 * d.units; ++k) {
    b.raw.push_back(random.between(-9000, 9000));
    b.input.push_back(b.raw.back());
    b.recurrent.push_back(0);
    for (int i = 0; i < d.in; ++i) b.input.back() -= x_zero * kernel[u(k * d.row_in + i)];
    for (int j = 0; j < d.units; ++j) b.recurrent.back() -= y_zero * recurrent[u(k * d.row_units + j)];
  }
  return b;
}

TEST_CASE("the int8 LSTM follows the real one, in one call or one time step per call", "[int8]") {
  Random random{std::mt19937(11)};
  const auto table = sigmoid_places();
  for (int round = 0; round < 10; ++round) {
    Int8Lstm d{random.between(1, 10), random.between(1, 8), random.between(1, 12), 0, 0};
    d.row_in = int8_row_bytes(d.in);
    d.row_units = int8_row_bytes(d.units);
    const double x_scale = 0.01, w_scale = 0.008, y_scale = 1.0 / 128;
    const int x_zero = random.between(-60, 60), y_zero = random.between(-3, 3);
    const auto kernel = random.bytes(4 * d.units * d.row_in, 127);
    const auto recurrent = random.bytes(4 * d.units * d.row_units, 127);
    const Biases bias = biases_of(random, d, kernel, x_zero, recurrent, y_zero);
    Int8LstmNumbers n;
    for (int g = 0; g < 4; ++g) {
      n.input[g] = scale_of(x_scale * w_scale * 4096);
      n.recurrent[g] = scale_of(y_scale * w_scale * 4096);
    }
    const double cell_scale = 1.0 / 4096;
    n.keep = scale_of(1.0 / 32768);
    n.add = scale_of(1.0 / 32768 / 32768 / cell_scale);
    n.output = scale_of(1.0 / 32768 / 32768 / y_scale);
    n.output_zero_point = y_zero;
    const auto x = random.bytes(d.steps * d.in, 127);
    std::vector<std::int8_t> y(u(d.steps * d.units));
    std::vector<std::int16_t> scratch(u(int8_lstm_scratch(d)));
    const Int8LstmWeights weights{kernel.data(), recurrent.data(), bias.input.data(), bias.recurrent.data(),
                                  table.data()};
    std::vector<std::int8_t> hidden(u(d.units)), hidden_apart(u(d.units)), y_apart(y.size());
    std::vector<std::int16_t> cell(u(d.units)), cell_apart(u(d.units));
    int8_lstm(d, x.data(), weights, n, {hidden.data(), cell.data()}, y.data(), scratch.data());
    Int8Lstm one = d;
    one.steps = 1;
    for (int t = 0; t < d.steps; ++t)
      int8_lstm(one, x.data() + t * d.in, weights, n, {hidden_apart.data(), cell_apart.data()},
                y_apart.data() + t * d.units, scratch.data());
    CHECK(y_apart == y);
    CHECK(hidden_apart == hidden);
    CHECK(cell_apart == cell);

    std::vector<double> h(u(d.units)), c(u(d.units)), gate(u(4 * d.units));
    for (int t = 0; t < d.steps; ++t) {
      for (int k = 0; k < 4 * d.units; ++k) {
        double sum = bias.raw[u(k)] * x_scale * w_scale;
        for (int i = 0; i < d.in; ++i)
          sum += w_scale * kernel[u(k * d.row_in + i)] * x_scale * (x[u(t * d.in + i)] - x_zero);
        for (int j = 0; j < d.units; ++j) sum += w_scale * recurrent[u(k * d.row_units + j)] * h[u(j)];
        sum = std::clamp(sum, -8.0, 8.0);
        gate[u(k)] = k / d.units == 2 ? std::tanh(sum) : 1 / (1 + std::exp(-sum));
      }
      for (int j = 0; j < d.units; ++j) {
        c[u(j)] = gate[u(d.units + j)] * c[u(j)] + gate[u(j)] * gate[u(2 * d.units + j)];
        h[u(j)] = gate[u(3 * d.units + j)] * std::tanh(c[u(j)]);
        INFO("round " << round << " step " << t);
        REQUIRE(y_scale * (y[u(t * d.units + j)] - y_zero) == Approx(h[u(j)]).margin(0.05));
      }
    }
  }
}

}  // namespace
