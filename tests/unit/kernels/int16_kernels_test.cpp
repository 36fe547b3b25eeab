// SPDX-License-Identifier: BSL-1.0
// The kernels of int16 activations against plain sums of 64 bits, and against real numbers.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <codegen/int8/int16_tables.hpp>
#include <codegen/int8/quantization.hpp>
#include <limits>
#include <random>
#include <runtime/kernels/dsp/int16_convolution.hpp>
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>
#include <runtime/kernels/portable/int16_softmax.hpp>
#include <runtime/kernels/portable/quantize.hpp>
#include <runtime/kernels/portable/resample.hpp>
#include <vector>

namespace {

using namespace etch::kernels;
namespace int8 = etch::host::int8;

struct Random {
  std::mt19937_64 engine;
  int between(int low, int high) {
    return low + static_cast<int>(engine() % static_cast<unsigned>(high - low + 1));
  }
  std::int64_t wide(int bits) {
    return static_cast<std::int64_t>(engine() >> (63 - bits)) - (std::int64_t{1} << bits);
  }
  template <class T>
  std::vector<T> numbers(int n) {
    std::vector<T> v;
    for (int i = 0; i < n; ++i)
      v.push_back(static_cast<T>(between(std::numeric_limits<T>::min(), std::numeric_limits<T>::max())));
    return v;
  }
};

std::size_t u(int i) { return static_cast<std::size_t>(i); }

/// The reference's rounding, in numbers that hold every product.
long double rescaled(std::int64_t acc, const Int8Scale& scale) {
  const long double reduced =
      std::min(32767.0L, std::floor((static_cast<long double>(scale.multiplier) + 32768) / 65536));
  return std::floor(std::ldexp(static_cast<long double>(acc) * reduced, scale.shift - 15) + 0.5L);
}

TEST_CASE("sums of 64 bits are scaled as the reference scales them", "[int16]") {
  Random random;
  for (int i = 0; i < 20000; ++i) {
    const std::int64_t acc = random.wide(random.between(1, 46));
    const int multiplier = random.between(0, 9) == 0 ? INT32_MAX - random.between(0, 70000)
                                                     : (1 << 30) + random.between(0, (1 << 30) - 1);
    const Int8Scale scale{multiplier, random.between(-31, 7)};
    const std::int64_t found = requantize_wide(acc, scale.multiplier, scale.shift);
    REQUIRE(static_cast<long double>(found) == rescaled(acc, scale));
    const double real =
        static_cast<double>(acc) * std::ldexp(static_cast<double>(multiplier), scale.shift - 31);
    REQUIRE(std::abs(static_cast<double>(found) - real) <= 0.5 + std::abs(real) / 32768);
  }
  CHECK(requantize_wide(12345, 0, -31) == 0);
  for (const std::int64_t bias :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 45, -(std::int64_t{1} << 40) - 3})
    CHECK(std::int64_t{WideBias(bias)} == bias);
}

struct Layer {
  Int8Axis y, x;
  int channels = 1, filters = 1;
  bool depthwise = false;
  std::vector<std::int16_t> data;
  std::vector<std::int8_t> w;  ///< [filters][taps], or [taps][filters] of a depthwise one
  std::vector<WideBias> bias;
  std::vector<Int8Scale> scale;
  Int8Io io{0, 0, -32768, 32767};
  int taps() const { return y.kernel * x.kernel * (depthwise ? 1 : channels); }
};

Layer random_layer(Random& random, bool depthwise) {
  Layer l;
  l.depthwise = depthwise;
  const auto axis = [&](Int8Axis& a) {
    do {
      a = {random.between(1, 8), 1, random.between(1, 3), random.between(1, 2), random.between(1, 2), 0};
      a.before = random.between(0, a.kernel - 1);
      const int room = a.in + a.before + random.between(0, a.kernel - 1) - (a.kernel - 1) * a.dilation;
      a.out = room < 1 ? 0 : (room - 1) / a.stride + 1;
    } while (a.out < 1);
  };
  axis(l.y);
  axis(l.x);
  if (random.between(0, 2) == 0) l.y = l.x = {l.y.in, l.y.in, 1, 1, 1, 0};
  l.channels = random.between(1, 9);
  l.filters = depthwise ? l.channels * random.between(1, 2) : random.between(1, 9);
  l.data = random.numbers<std::int16_t>(l.y.in * l.x.in * l.channels);
  l.w = random.numbers<std::int8_t>(l.filters * l.taps());
  for (int f = 0; f < l.filters; ++f) {
    l.bias.emplace_back(random.wide(random.between(10, 40)));
    l.scale.push_back({(1 << 30) + random.between(0, (1 << 30) - 1), random.between(-14, -4)});
  }
  if (random.between(0, 2) == 0) l.io.lowest = 0, l.io.highest = random.between(1, 32767);
  return l;
}

std::vector<std::int16_t> expected(const Layer& l) {
  std::vector<std::int16_t> results;
  const int each = l.filters / l.channels;
  for (int oy = 0; oy < l.y.out; ++oy)
    for (int ox = 0; ox < l.x.out; ++ox)
      for (int f = 0; f < l.filters; ++f) {
        std::int64_t sum = l.bias[u(f)];
        for (int t = 0; t < l.taps(); ++t) {
          const int tap = l.depthwise ? t : t / l.channels, c = l.depthwise ? f / each : t % l.channels;
          const int iy = oy * l.y.stride - l.y.before + tap / l.x.kernel * l.y.dilation;
          const int ix = ox * l.x.stride - l.x.before + tap % l.x.kernel * l.x.dilation;
          if (iy < 0 || iy >= l.y.in || ix < 0 || ix >= l.x.in) continue;
          const int w = l.depthwise ? t * l.filters + f : f * l.taps() + t;
          sum += std::int64_t{l.w[u(w)]} * l.data[u((iy * l.x.in + ix) * l.channels + c)];
        }
        const long double y = rescaled(sum, l.scale[u(f)]);
        results.push_back(static_cast<std::int16_t>(
            std::clamp(y, static_cast<long double>(l.io.lowest), static_cast<long double>(l.io.highest))));
      }
  return results;
}

/// The kernel's results where input and output lie at these places of one memory.
std::vector<std::int16_t> convolved(const Layer& l, std::size_t input_at, std::size_t output_at,
                                    bool optimised = false) {
  const auto size = u(l.y.out * l.x.out * l.filters);
  std::vector<std::int16_t> memory(std::max(input_at + l.data.size(), output_at + size));
  std::ranges::copy(l.data, memory.begin() + static_cast<std::ptrdiff_t>(input_at));
  std::int16_t *const x = memory.data() + input_at, *const y = memory.data() + output_at;
  if (l.depthwise) {
    const Int8DepthwiseConvolution d{l.y, l.x, l.channels, l.filters / l.channels, 1};
    std::vector<std::int16_t> scratch(u(portable::int8_depthwise_convolution_scratch(d)) + 1);
    int8_depthwise_convolution(d, x, l.w.data(), l.bias.data(), l.scale.data(), l.io, y, scratch.data());
  } else {
    const int row = int8_row_bytes(l.taps());
    const Int8Convolution d{l.y, l.x, l.channels, l.filters, row, 1};
    std::vector<std::int8_t> rows(u(l.filters * row), 99);  // what fills a row up counts nothing
    for (int f = 0; f < l.filters; ++f)
      std::copy_n(l.w.begin() + f * l.taps(), l.taps(), rows.begin() + f * row);
    std::vector<std::int16_t> scratch(u(int16_convolution_scratch(d)));
    const auto kernel = [&](auto&&... operands) {
      optimised ? dsp::int8_convolution(operands...) : portable::int8_convolution(operands...);
    };
    kernel(d, x, rows.data(), l.bias.data(), l.scale.data(), l.io, y, scratch.data());
  }
  const auto from = memory.begin() + static_cast<std::ptrdiff_t>(output_at);
  return {from, from + static_cast<std::ptrdiff_t>(size)};
}

TEST_CASE("convolutions of int16, also over their input", "[int16]") {
  Random random;
  int overlaps = 0, in_place = 0;
  for (int i = 0; i < 600; ++i) {
    const Layer l = random_layer(random, i % 2 == 1);
    const auto y = expected(l);
    REQUIRE(convolved(l, 0, l.data.size()) == y);
    REQUIRE(convolved(l, 0, l.data.size(), true) == y);
    const Int8DepthwiseConvolution d{l.y, l.x, l.channels, l.filters / l.channels, 1};
    const Int8Convolution c{l.y, l.x, l.channels, l.filters, int8_row_bytes(l.taps()), 1};
    const auto reach = u(l.depthwise ? int8_depthwise_convolution_overlap(d) : int8_convolution_overlap(c));
    const std::size_t input_at = y.size() > reach ? y.size() - reach : 0;
    for (const bool optimised : {false, true})
      if (reach > 0) REQUIRE(convolved(l, input_at, input_at + reach - y.size(), optimised) == y);
    overlaps += reach > 0;
    if (!l.depthwise || !int8_depthwise_convolution_in_place(d)) continue;
    REQUIRE(convolved(l, 0, 0) == y);
    ++in_place;
  }
  CHECK(overlaps > 100);
  CHECK(in_place > 50);
}

TEST_CASE("sums and products of int16 are near the real ones", "[int16]") {
  Random random;
  for (const BinaryKind kind : {BinaryKind::add, BinaryKind::subtract, BinaryKind::multiply})
    for (int i = 0; i < 300; ++i) {
      const double a = random.between(1, 1000) * 1e-6, b = random.between(1, 1000) * 1e-6;
      const double y = kind == BinaryKind::multiply ? a * b * 32768 : a + b;
      Int8BinaryNumbers n{0, 0, 0, -32768, 32767, {}, {}, {}};
      const double twice = 2 * std::max(a, b);
      n.a = *int8::quantized_multiplier(a / twice);
      n.b = *int8::quantized_multiplier(b / twice);
      n.y = *int8::quantized_multiplier(kind == BinaryKind::multiply ? a * b / y
                                                                     : twice / ((1 << int16_sum_shift) * y));
      const auto p = random.numbers<std::int16_t>(20), q = random.numbers<std::int16_t>(20);
      const std::array<int, 4> extent{1, 1, 1, 20};
      std::vector<std::int16_t> found(20);
      int8_binary(broadcast(kind, 1, extent, extent, extent), p.data(), q.data(), n, found.data());
      for (int k = 0; k < 20; ++k) {
        const double left = a * p[u(k)], right = b * q[u(k)];
        const double real = (kind == BinaryKind::add        ? left + right
                             : kind == BinaryKind::subtract ? left - right
                                                            : left * right) /
                            y;
        REQUIRE(std::abs(found[u(k)] - std::clamp(real, -32768.0, 32767.0)) <= 0.76);
      }
    }
}

TEST_CASE("averages, moves and blends of int16", "[int16]") {
  Random random;
  const Pool pool{PoolKind::average, 4, 6, 3, 2, 2, 3, 4, 2, 3, 1, 1};
  const auto x = random.numbers<std::int16_t>(4 * 6 * 3);
  std::vector<std::int16_t> y(2 * 2 * 3);
  int8_pool(pool, x.data(), {0, 0, -32768, 32767}, nullptr, y.data());
  for (int oy = 0; oy < 2; ++oy)
    for (int ox = 0; ox < 2; ++ox)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        int taps = 0;
        for (int iy = std::max(0, 2 * oy - 1); iy < std::min(4, 2 * oy + 2); ++iy)
          for (int ix = std::max(0, 3 * ox - 1); ix < std::min(6, 3 * ox + 3); ++ix, ++taps)
            sum += x[u((iy * 6 + ix) * 3 + c)];
        CHECK(std::abs(y[u((oy * 2 + ox) * 3 + c)] - sum / taps) <= 0.5);
      }
  const std::int16_t corners[]{32767, -32768, 32767, 32767};
  CHECK(detail::blend(corners, 0, 0) == 32767);
  CHECK(detail::blend(corners, 1024, 0) == -32768);
  CHECK(std::abs(detail::blend(corners, 512, 512) - 16383) <= 1);
}

TEST_CASE("int16 stores real numbers to half a step", "[int16]") {
  const float x[]{0.1f, -0.1f, 4, -4, std::nanf(""), INFINITY, -INFINITY, 0.25f / 3};
  std::int16_t stored[8];
  quantize<float>(8, x, 1.0f / 32768, 0, stored);
  const std::int16_t wanted[]{3277, -3277, 32767, -32768, -32768, 32767, -32768, 2731};
  CHECK(std::equal(std::begin(stored), std::end(stored), wanted));
  float back[8];
  dequantize<float>(8, stored, 1.0f / 32768, 0, back);
  CHECK(back[0] == Approx(0.1f).margin(1.0 / 65536));
}

std::vector<std::int16_t> of_table(const std::vector<std::int16_t>& x,
                                   const std::vector<std::int16_t>& table) {
  std::vector<std::int16_t> y(x.size());
  int16_table(static_cast<int>(x.size()), x.data(), table.data(), y.data());
  return y;
}

TEST_CASE("a table of int16 is a function with lines between its places", "[int16]") {
  Random random;
  const auto x = random.numbers<std::int16_t>(3000);
  const auto table = int8::int16_table(-8, 8, 8.0f / 32768, [](float v) { return v / (1 + std::exp(-v)); });
  REQUIRE(table.size() == int16_table_size);
  const auto y = of_table(x, table);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double real = x[i] / 4096.0, silu = real / (1 + std::exp(-real));
    REQUIRE(std::abs(y[i] - silu * 4096) <= 1.5);
  }
  // A bend at zero is a place of the table: only the place past the last, 32768, is not stored.
  const auto relu =
      of_table(x, int8::int16_table(-1, 1, 1.0f / 32768, [](float v) { return v > 0 ? v : 0; }));
  for (std::size_t i = 0; i < x.size(); ++i)
    REQUIRE(std::abs(relu[i] - std::max<int>(x[i], 0)) <= (x[i] > 32767 - 128 ? 1 : 0));
}

TEST_CASE("sigmoid and tanh of int16 are near the real ones at every scale", "[int16]") {
  Random random;
  const auto table = int8::sigmoid_table();
  for (const float scale : {1.0f / 4096, 1.0f / 2048, 3e-5f, 1e-3f, 0.02f, 1.5f}) {
    const auto numbers = int8::sigmoid_numbers(scale);
    REQUIRE(numbers);
    auto x = random.numbers<std::int16_t>(1000);
    for (std::size_t i = 0; i < 500; ++i) x[i] = static_cast<std::int16_t>(x[i] / 256);
    for (const bool tanh : {false, true}) {
      std::vector<std::int16_t> y(x.size());
      int16_gate(1000, tanh, x.data(), *numbers, table.data(), y.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double real = static_cast<double>(scale) * x[i];
        const double wanted = tanh ? std::tanh(real) : 1 / (1 + std::exp(-real));
        REQUIRE(std::abs(y[i] / 32768.0 - wanted) <= (tanh ? 3e-4 : 1.5e-4));
      }
    }
  }
  CHECK_FALSE(int8::sigmoid_numbers(3));
}

TEST_CASE("softmax of int16 sums to 1 and is near the real one", "[int16]") {
  Random random;
  const auto exp_table = int8::softmax_exp_table(), inverse = int8::softmax_inverse_table();
  for (int i = 0; i < 300; ++i) {
    const int width = random.between(1, 40), groups = random.between(1, 3);
    const float scale = static_cast<float>(random.between(1, 1000)) * 1e-6f;
    const auto x = random.numbers<std::int16_t>(width * groups);
    const auto factor = int8::softmax_scale(scale, 1);
    REQUIRE(factor);
    auto y = x;  // in place
    int16_softmax(groups, width, y.data(), *factor, {exp_table.data(), inverse.data()}, y.data());
    for (int g = 0; g < groups; ++g) {
      double sum = 0, largest = -1e9;
      const auto real = [&](int c) { return static_cast<double>(scale) * x[u(g * width + c)]; };
      for (int c = 0; c < width; ++c) largest = std::max(largest, real(c));
      for (int c = 0; c < width; ++c) sum += std::exp(real(c) - largest);
      for (int c = 0; c < width; ++c)
        REQUIRE(y[u(g * width + c)] / 32768.0 ==
                Approx(std::exp(real(c) - largest) / sum)
                    .margin(3e-4 + 6e-5 * width));  // a step or two each, also below exp(-10)
    }
  }
  CHECK_FALSE(int8::softmax_scale(1e6f, 1));
}

TEST_CASE("softmax of int16 with steps of 10, which its table does not hold, is one hot", "[int16]") {
  const auto exp_table = int8::softmax_exp_table(), inverse = int8::softmax_inverse_table();
  std::vector<std::int16_t> y{-32768, 32766, 32767, 0};
  int16_softmax(1, 4, y.data(), *int8::softmax_scale(10, 1), {exp_table.data(), inverse.data()}, y.data());
  CHECK(y[2] >= 32760);  // three times exp(-10) is beside it
  for (const std::size_t i : {0, 1, 3}) CHECK(y[i] <= 2);
}

}  // namespace
