// SPDX-License-Identifier: BSL-1.0
// The quantized convolution against sums in 64 bits and against the arithmetic written out in exact
// fractions.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>
#include <runtime/kernels/scalar/int8_convolution.hpp>
#include <vector>

namespace {

using namespace etch::kernels;

TEST_CASE("requantization rounds twice, ties away from zero, for every shift", "[int8]") {
  std::mt19937 engine(1);
  const auto half_away = [](long double v) { return std::floor(std::fabs(v) + 0.5L) * (v < 0 ? -1 : 1); };
  for (int shift = -31; shift <= 8; ++shift)
    for (int i = 0; i < 500; ++i) {
      const int room = 30 - (shift > 0 ? shift : 0);
      const auto acc = static_cast<std::int32_t>(engine()) >> (31 - room + static_cast<int>(engine() % 8));
      const auto multiplier = static_cast<std::int32_t>((1u << 30) + engine() % (1u << 30));
      const long double raised = static_cast<long double>(acc) * std::pow(2.0L, shift > 0 ? shift : 0);
      const long double high = half_away(raised * multiplier / 2147483648.0L);
      const long double expected = half_away(high / std::pow(2.0L, shift > 0 ? 0 : -shift));
      INFO("acc " << acc << " multiplier " << multiplier << " shift " << shift);
      REQUIRE(requantize(acc, multiplier, shift) == static_cast<std::int32_t>(expected));
    }
  CHECK(requantize(12345, 0, -31) == 0);
  CHECK(doubling_high_multiply(INT32_MIN, INT32_MIN) == INT32_MAX);
}

struct Layer {
  Int8Convolution d;
  std::vector<std::int8_t> x, w;
  std::vector<std::int32_t> raw_bias, bias;
  std::vector<Int8Scale> scale;
  Int8Io io;
};

int extent(int in, int kernel, int stride, int dilation, int pad) {
  return (in + pad - (kernel - 1) * dilation - 1) / stride + 1;
}

Layer random_layer(std::mt19937& engine) {
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(engine() % static_cast<unsigned>(high - low + 1));
  };
  Layer l;
  const auto axis = [&](Int8Axis& a) {
    do {
      a = {between(1, 9), 1, between(1, 4), between(1, 3), between(1, 2), 0};
      a.before = between(0, a.kernel - 1);
      a.out = extent(a.in, a.kernel, a.stride, a.dilation, a.before + between(0, a.kernel - 1));
    } while (a.out < 1);
  };
  axis(l.d.y);
  axis(l.d.x);
  l.d.channels = between(1, 9);
  l.d.filters = between(1, 9);
  l.d.row = int8_row_bytes(l.d.taps());
  l.d.per_channel = between(0, 1);
  l.io = {between(-128, 127), between(-128, 127), between(-128, -20), between(20, 127)};
  for (int i = 0; i < l.d.y.in * l.d.x.in * l.d.channels; ++i)
    l.x.push_back(static_cast<std::int8_t>(between(-128, 127)));
  l.w.assign(static_cast<std::size_t>(l.d.row * l.d.filters), 0);
  for (int f = 0; f < l.d.filters; ++f) {
    std::int32_t sum = 0;
    for (int i = 0; i < l.d.taps(); ++i) {
      const int weight = between(-127, 127);
      l.w[static_cast<std::size_t>(f * l.d.row + i)] = static_cast<std::int8_t>(weight);
      sum += weight;
    }
    l.raw_bias.push_back(between(-5000, 5000));
    l.bias.push_back(l.raw_bias.back() - l.io.input_zero_point * sum);
    l.scale.push_back({(1 << 30) + between(0, (1 << 30) - 1), between(-10, -4)});
  }
  return l;
}

/// The formula of the reference: padded taps count nothing, and the zero point is taken from each input.
std::vector<std::int8_t> expected(const Layer& l) {
  std::vector<std::int8_t> y;
  const Int8Convolution& d = l.d;
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox)
      for (int f = 0; f < d.filters; ++f) {
        std::int64_t sum = l.raw_bias[static_cast<std::size_t>(f)];
        for (int ky = 0; ky < d.y.kernel; ++ky)
          for (int kx = 0; kx < d.x.kernel; ++kx)
            for (int c = 0; c < d.channels; ++c) {
              const int iy = oy * d.y.stride - d.y.before + ky * d.y.dilation;
              const int ix = ox * d.x.stride - d.x.before + kx * d.x.dilation;
              if (iy < 0 || iy >= d.y.in || ix < 0 || ix >= d.x.in) continue;
              const int weight =
                  l.w[static_cast<std::size_t>(f * d.row + (ky * d.x.kernel + kx) * d.channels + c)];
              sum += weight * (l.x[static_cast<std::size_t>((iy * d.x.in + ix) * d.channels + c)] -
                               l.io.input_zero_point);
            }
        const Int8Scale& s = l.scale[static_cast<std::size_t>(d.per_channel ? f : 0)];
        const std::int32_t v =
            requantize(static_cast<std::int32_t>(sum), s.multiplier, s.shift) + l.io.output_zero_point;
        y.push_back(static_cast<std::int8_t>(std::clamp(v, l.io.lowest, l.io.highest)));
      }
  return y;
}

const auto portable = [](auto&&... operands) { portable::int8_convolution(operands...); };
const auto scalar_form = [](auto&&... operands) { scalar::int8_convolution(operands...); };
/// As on cores of 32 bits.
const auto six_pixels = [](auto&&... operands) {
  scalar::convolve<scalar::Triples<scalar::TwoWords, 2>>(operands...);
};

/// The result where input and output lie at these places of one memory.
template <class Kernel>
std::vector<std::int8_t> convolved(const Kernel& kernel, const Layer& l, std::size_t input_at,
                                   std::size_t output_at) {
  const std::size_t out = static_cast<std::size_t>(l.d.y.out * l.d.x.out * l.d.filters);
  std::vector<std::int8_t> memory(std::max(input_at + l.x.size(), output_at + out));
  std::copy(l.x.begin(), l.x.end(), memory.begin() + static_cast<std::ptrdiff_t>(input_at));
  std::vector<std::int8_t> scratch(static_cast<std::size_t>(int8_convolution_scratch(l.d)) + 1);
  kernel(l.d, memory.data() + input_at, l.w.data(), l.bias.data(), l.scale.data(), l.io,
         memory.data() + output_at, scratch.data());
  return std::vector<std::int8_t>(memory.begin() + static_cast<std::ptrdiff_t>(output_at),
                                  memory.begin() + static_cast<std::ptrdiff_t>(output_at + out));
}

/// Apart from the input.
template <class Kernel>
std::vector<std::int8_t> apart(const Kernel& kernel, const Layer& l) {
  return convolved(kernel, l, 0, l.x.size());
}

/// The result ends as far past the input's start as allowed.
template <class Kernel>
std::vector<std::int8_t> overlapped(const Kernel& kernel, const Layer& l) {
  const std::size_t out = static_cast<std::size_t>(l.d.y.out * l.d.x.out * l.d.filters);
  const auto reach = static_cast<std::size_t>(int8_convolution_overlap(l.d));
  return convolved(kernel, l, out > reach ? out - reach : 0, out > reach ? 0 : reach - out);
}

TEST_CASE("quantized convolutions over random shapes, strides, dilations, paddings and zero points",
          "[int8]") {
  std::mt19937 engine(7);
  for (int i = 0; i < 300; ++i) {
    Layer l = random_layer(engine);
    if (i % 10 == 0) l.scale.front().shift = 1;  // goes left
    INFO("case " << i);
    REQUIRE(apart(portable, l) == expected(l));
    REQUIRE(apart(scalar_form, l) == expected(l));
    REQUIRE(apart(six_pixels, l) == expected(l));
  }
}

/// Products of two taps that just fit in 16 bits, or just do not.
TEST_CASE("quantized convolutions of the least and the greatest bytes", "[int8]") {
  std::mt19937 engine(8);
  const std::int8_t ends[]{-128, 127};
  for (int i = 0; i < 100; ++i) {
    Layer l = random_layer(engine);
    const unsigned kinds = i % 3 == 0 ? 1 : 2;  // -128 alone, or both
    for (std::int8_t& x : l.x) x = ends[engine() % kinds];
    for (int f = 0; f < l.d.filters; ++f) {
      const auto at = static_cast<std::size_t>(f);
      std::int32_t sum = 0;
      for (int t = 0; t < l.d.taps(); ++t)
        sum += l.w[static_cast<std::size_t>(f * l.d.row + t)] = ends[engine() % kinds];
      l.bias[at] = l.raw_bias[at] - l.io.input_zero_point * sum;
      l.scale[at].shift = -12;
    }
    INFO("case " << i);
    REQUIRE(apart(portable, l) == expected(l));
    REQUIRE(apart(scalar_form, l) == expected(l));
    REQUIRE(apart(six_pixels, l) == expected(l));
  }
}

TEST_CASE("a convolution may write as far into its input as it says", "[int8]") {
  std::mt19937 engine(11);
  int overlaps = 0;
  for (int i = 0; i < 400; ++i) {
    Layer l = random_layer(engine);
    if (i % 2) l.d.x.stride = l.d.y.stride = 1;
    l.d.x.out = extent(l.d.x.in, l.d.x.kernel, l.d.x.stride, l.d.x.dilation, l.d.x.before);
    l.d.y.out = extent(l.d.y.in, l.d.y.kernel, l.d.y.stride, l.d.y.dilation, l.d.y.before);
    if (l.d.x.out < 1 || l.d.y.out < 1) continue;
    overlaps += int8_convolution_overlap(l.d) > 0;
    INFO("case " << i);
    REQUIRE(overlapped(portable, l) == expected(l));
    REQUIRE(overlapped(scalar_form, l) == expected(l));
    REQUIRE(overlapped(six_pixels, l) == expected(l));
  }
  CHECK(overlaps > 200);
  const Int8Axis axis{32, 32, 3, 1, 1, 1};
  CHECK(int8_convolution_overlap({axis, axis, 16, 16, 144, 1}) == 32 * 32 * 16 - 544);
}

TEST_CASE("a pointwise convolution may write as far into its input as it says", "[int8]") {
  std::mt19937 engine(9);
  for (int i = 0; i < 200; ++i) {
    Layer l = random_layer(engine);
    if (i % 2) l.d.y.in = l.d.y.out = 1;
    l.d.y.kernel = l.d.x.kernel = l.d.y.stride = l.d.x.stride = 1;
    l.d.y.before = l.d.x.before = 0;
    l.d.y.out = l.d.y.in, l.d.x.out = l.d.x.in;
    l.d.row = int8_row_bytes(l.d.channels);
    l.x.resize(static_cast<std::size_t>(l.d.y.in * l.d.x.in * l.d.channels), 3);
    l.w.resize(static_cast<std::size_t>(l.d.row * l.d.filters), 5);
    for (int f = 0; f < l.d.filters; ++f) {  // the rows have moved
      std::int32_t sum = 0;
      for (int c = 0; c < l.d.row; ++c) {
        std::int8_t& weight = l.w[static_cast<std::size_t>(f * l.d.row + c)];
        if (c >= l.d.channels) weight = 0;
        sum += weight;
      }
      l.bias[static_cast<std::size_t>(f)] =
          l.raw_bias[static_cast<std::size_t>(f)] - l.io.input_zero_point * sum;
    }
    REQUIRE(overlapped(portable, l) == expected(l));
    REQUIRE(overlapped(scalar_form, l) == expected(l));
    REQUIRE(overlapped(six_pixels, l) == expected(l));
  }
}

/// How far after the results of window (oy, ox) the first element lies that it or a later one reads, where
/// results end as far in the input as they may.
int gap_behind(const Int8Convolution& d, int oy, int ox) {
  const int done = (oy * d.x.out + ox + 1) * d.filters, results = d.y.out * d.x.out * d.filters;
  int first = d.y.in * d.x.in * d.channels;
  for (; oy < d.y.out; ++oy, ox = 0)
    for (; ox < d.x.out; ++ox) {
      const int top = std::max(oy * d.y.stride - d.y.before, 0), beginning = ox * d.x.stride - d.x.before;
      if (top < d.y.in && beginning < d.x.in)
        first = std::min(first, (top * d.x.in + std::max(beginning, 0)) * d.channels);
    }
  return first - (done + int8_convolution_overlap(d) - results);
}

TEST_CASE("results of windows never reach what is still to be read, and as far as that allows", "[int8]") {
  for (int stride = 1; stride <= 3; ++stride)
    for (int before = 0; before <= 3; ++before)
      for (int filters = 1; filters <= 9; ++filters)
        for (int width = 1; width <= 9; ++width) {
          Int8Convolution d{{3, 2, 2, 1, 1, 0}, {width, 1, 4, stride, 1, before}, 3, filters};
          d.x.out = (width + before - 1) / stride + 1;  // the last begins within the data
          INFO("stride " << stride << " before " << before << " filters " << filters << " width " << width);
          int least = INT32_MAX;
          for (int oy = 0; oy < d.y.out; ++oy)
            for (int ox = 0; ox < d.x.out; ++ox) least = std::min(least, gap_behind(d, oy, ox));
          REQUIRE(least >= 0);
          if (int8_convolution_overlap(d) > 0) REQUIRE(least == 0);
        }
}

}  // namespace
