// SPDX-License-Identifier: BSL-1.0
// The quantized kernels against the formulas of the reference, written out plainly, and against real numbers.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <runtime/kernels/dsp/int8_depthwise_convolution.hpp>
#include <runtime/kernels/int8_kernels.hpp>
#include <runtime/kernels/int8_scratch.hpp>
#include <runtime/kernels/portable/int8_softmax.hpp>
#include <runtime/kernels/portable/int8_table.hpp>
#include <runtime/kernels/portable/quantize.hpp>
#include <runtime/kernels/scalar/int8_depthwise_convolution.hpp>
#include <vector>

namespace {

using namespace etch::kernels;

struct Random {
  std::mt19937 engine;
  int between(int low, int high) {
    return low + static_cast<int>(engine() % static_cast<unsigned>(high - low + 1));
  }
  std::vector<std::int8_t> bytes(int n, int low = -128, int high = 127) {
    std::vector<std::int8_t> v;
    for (int i = 0; i < n; ++i) v.push_back(static_cast<std::int8_t>(between(low, high)));
    return v;
  }
};

std::size_t u(int i) { return static_cast<std::size_t>(i); }

struct Depthwise {
  Int8DepthwiseConvolution d;
  std::vector<std::int8_t> x, w;
  std::vector<std::int32_t> raw_bias, bias;
  std::vector<Int8Scale> scale;
  Int8Io io;
  int offset = 0;  ///< the zero point of the weights
};

/// Weights, bias, scales and data for `l.d`.
void fill(Random& random, Depthwise& l) {
  if (random.between(0, 2) == 0) l.offset = random.between(-128, 127);
  l.io = {random.between(-128, 127), random.between(-128, 127), -128, 127};
  if (random.between(0, 2) == 0)
    l.io.lowest = random.between(-128, -20), l.io.highest = random.between(20, 127);
  l.x = random.bytes(l.d.y.in * l.d.x.in * l.d.channels);
  l.w = random.bytes(l.d.taps() * l.d.filters(), -127);
  for (int f = 0; f < l.d.filters(); ++f) {
    std::int32_t sum = 0;
    for (int t = 0; t < l.d.taps(); ++t) sum += l.w[u(t * l.d.filters() + f)] - l.offset;
    l.raw_bias.push_back(random.between(0, 9) == 0 ? random.between(0, 1) * 1'900'000'000 - 950'000'000
                                                   : random.between(-5000, 5000));
    l.bias.push_back(l.raw_bias.back() - l.io.input_zero_point * sum);
    const int shift = random.between(0, 9) == 0 ? random.between(-31, 3) : random.between(-9, -3);
    l.scale.push_back({(1 << 30) + random.between(0, (1 << 30) - 1), shift});
  }
}

Depthwise random_depthwise(Random& random) {
  Depthwise l;
  const auto axis = [&](Int8Axis& a) {
    do {
      a = {random.between(1, 9), 1, random.between(1, 4), random.between(1, 3), random.between(1, 2), 0};
      a.before = random.between(0, a.kernel - 1);
      const int room = a.in + a.before + random.between(0, a.kernel - 1) - (a.kernel - 1) * a.dilation;
      a.out = room < 1 ? 0 : (room - 1) / a.stride + 1;
    } while (a.out < 1);
  };
  axis(l.d.y);
  axis(l.d.x);
  l.d.channels = random.between(1, 9);
  l.d.multiplier = random.between(1, 3);
  l.d.per_channel = random.between(0, 1);
  fill(random, l);
  return l;
}

/// Longer lines of square kernels, with strides that models have.
Depthwise random_plane(Random& random) {
  Depthwise l;
  const int kernel = random.between(0, 3) == 0 ? random.between(1, 5) : 3, stride = random.between(1, 2);
  const auto axis = [&](int longest) {
    const int in = random.between(kernel, longest), before = random.between(0, kernel - 1);
    const int after = random.between(0, kernel - 1);
    return Int8Axis{in, (in + before + after - kernel) / stride + 1, kernel, stride, 1, before};
  };
  l.d = {axis(20), axis(random.between(0, 5) == 0 ? 130 : 50), random.between(1, 6), 1, 1};
  if (random.between(0, 3) == 0) std::swap(l.d.y, l.d.x);
  fill(random, l);
  return l;
}

/// A single column without padding.
Depthwise random_column(Random& random) {
  Depthwise l;
  const int kernel = random.between(1, 15), out = random.between(1, 20), stride = random.between(1, 2);
  l.d = {{(out - 1) * stride + kernel + random.between(0, 1), out, kernel, stride, 1, 0},
         {},
         random.between(1, 13),
         1,
         random.between(0, 1)};
  fill(random, l);
  return l;
}

/// Padded taps count nothing, and the zero point is taken from each input.
std::vector<std::int8_t> expected(const Depthwise& l) {
  std::vector<std::int8_t> y;
  const Int8DepthwiseConvolution& d = l.d;
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox)
      for (int f = 0; f < d.filters(); ++f) {
        std::int32_t sum = l.raw_bias[u(f)];
        for (int t = 0; t < d.taps(); ++t) {
          const int iy = oy * d.y.stride - d.y.before + t / d.x.kernel * d.y.dilation;
          const int ix = ox * d.x.stride - d.x.before + t % d.x.kernel * d.x.dilation;
          if (iy < 0 || iy >= d.y.in || ix < 0 || ix >= d.x.in) continue;
          sum += (l.w[u(t * d.filters() + f)] - l.offset) *
                 (l.x[u((iy * d.x.in + ix) * d.channels + f / d.multiplier)] - l.io.input_zero_point);
        }
        const Int8Scale& s = l.scale[u(d.per_channel ? f : 0)];
        const std::int32_t v = requantize(sum, s.multiplier, s.shift) + l.io.output_zero_point;
        y.push_back(static_cast<std::int8_t>(std::clamp(v, l.io.lowest, l.io.highest)));
      }
  return y;
}

/// The result of `l` where input and output lie at these places of one memory.
template <class Kernel>
std::vector<std::int8_t> convolved(const Kernel& kernel, const Depthwise& l, std::size_t input_at,
                                   std::size_t output_at) {
  const auto size = u(l.d.y.out * l.d.x.out * l.d.filters());
  std::vector<std::int8_t> memory(std::max(input_at + l.x.size(), output_at + size));
  std::copy(l.x.begin(), l.x.end(), memory.begin() + static_cast<std::ptrdiff_t>(input_at));
  std::vector<std::int8_t> scratch(u(int8_depthwise_convolution_scratch(l.d)) + 1);
  kernel(l.d, memory.data() + input_at, l.w.data(), l.bias.data(), l.scale.data(), l.io,
         memory.data() + output_at, scratch.data(), l.offset);
  const auto from = memory.begin() + static_cast<std::ptrdiff_t>(output_at);
  return {from, from + static_cast<std::ptrdiff_t>(size)};
}

const auto portable = [](auto&&... operands) { portable::int8_offset_depthwise_convolution(operands...); };
/// Weights without a zero point have the plain kernel too.
const auto lines = [](const auto& d, auto x, auto w, auto bias, auto scale, const auto& io, auto y,
                      auto scratch, int offset) {
  if (offset != 0)
    return dsp::int8_offset_depthwise_convolution(d, x, w, bias, scale, io, y, scratch, offset);
  dsp::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
};
const auto packed_lines = [](const auto& d, auto x, auto w, auto bias, auto scale, const auto& io, auto y,
                             auto scratch, int offset) {
  if (offset != 0)
    return portable::int8_offset_depthwise_convolution(d, x, w, bias, scale, io, y, scratch, offset);
  scalar::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
};

/// Apart from, over and in place of the input.
template <class Kernel>
void check_depthwise(const Kernel& kernel, const Depthwise& l) {
  const auto y = expected(l);
  const auto reach = u(int8_depthwise_convolution_overlap(l.d));
  REQUIRE(convolved(kernel, l, 0, l.x.size()) == y);
  // The result ends `reach` bytes past the input's start.
  if (reach > 0)
    REQUIRE(convolved(kernel, l, y.size() > reach ? y.size() - reach : 0,
                      y.size() > reach ? 0 : reach - y.size()) == y);
  if (int8_depthwise_convolution_in_place(l.d)) REQUIRE(convolved(kernel, l, 0, 0) == y);
}

TEST_CASE("depthwise convolutions over random shapes, apart from, over and in place of their input",
          "[int8]") {
  Random random{std::mt19937(3)};
  int overlapped = 0, in_place = 0;
  for (int i = 0; i < 800; ++i) {
    const Depthwise l = random_depthwise(random);
    INFO("case " << i);
    check_depthwise(portable, l);
    check_depthwise(lines, l);
    check_depthwise(packed_lines, l);
    overlapped += int8_depthwise_convolution_overlap(l.d) > 0;
    in_place += int8_depthwise_convolution_in_place(l.d);
  }
  CHECK(overlapped > 200);
  CHECK(in_place > 100);
}

TEST_CASE("depthwise convolutions over longer lines and single columns", "[int8]") {
  Random random{std::mt19937(4)};
  for (int i = 0; i < 300; ++i) {
    const Depthwise l = i % 3 == 0 ? random_column(random) : random_plane(random);
    INFO("case " << i);
    check_depthwise(portable, l);
    check_depthwise(lines, l);
    check_depthwise(packed_lines, l);
  }
}

TEST_CASE("a depthwise convolution of 3x3 takes the place of its input, or lags two rows behind", "[int8]") {
  const Int8Axis axis{10, 10, 3, 1, 1, 1};
  CHECK(int8_depthwise_convolution_in_place({axis, axis, 4, 1, 1}));
  CHECK_FALSE(int8_depthwise_convolution_in_place({axis, axis, 4, 2, 1}));
  CHECK(int8_depthwise_convolution_overlap({{10, 5, 3, 2, 1, 0}, {10, 5, 3, 2, 1, 0}, 4, 2, 1}) ==
        5 * 5 * 8 - 5 * 8);
}

TEST_CASE("quantized sums, differences and products stay within one step of the real ones", "[int8]") {
  Random random{std::mt19937(5)};
  const auto quantized = [](double real) {
    int exponent = 0;
    const double mantissa = std::frexp(real, &exponent);
    const auto fixed = static_cast<std::int64_t>(std::round(mantissa * 2147483648.0));
    return fixed == std::int64_t{1} << 31 ? Int8Scale{1 << 30, exponent + 1}
                                          : Int8Scale{static_cast<std::int32_t>(fixed), exponent};
  };
  for (int i = 0; i < 60; ++i) {
    const double a = random.between(1, 100) * 0.01, b = random.between(1, 100) * 0.01, y = 1.7;
    Int8BinaryNumbers n;
    n.a_zero_point = random.between(-128, 127);
    n.b_zero_point = random.between(-128, 127);
    n.y_zero_point = random.between(-100, 100);
    const BinaryKind kind = i % 3 == 0   ? BinaryKind::add
                            : i % 3 == 1 ? BinaryKind::subtract
                                         : BinaryKind::multiply;
    const double twice = 2 * std::max(a, b);
    n.a = quantized(a / twice);
    n.b = quantized(b / twice);
    n.y = quantized(kind == BinaryKind::multiply ? a * b / y : twice / ((1 << int8_sum_shift) * y));
    for (int p = -128; p < 128; p += 5)
      for (int q = -128; q < 128; q += 7) {
        const double real_a = a * (p - n.a_zero_point), real_b = b * (q - n.b_zero_point);
        const double real = kind == BinaryKind::add        ? real_a + real_b
                            : kind == BinaryKind::subtract ? real_a - real_b
                                                           : real_a * real_b;
        const double exact = std::clamp(real / y + n.y_zero_point, -128.0, 127.0);
        REQUIRE(std::abs(int8_combine(kind, p, q, n) - exact) <= 0.76);  // rounded twice
      }
  }
}

TEST_CASE("a broadcast sum reads its operands where NumPy's does", "[int8]") {
  const Binary d = broadcast(BinaryKind::add, 1, {1, 1, 2, 3}, {1, 1, 2, 3}, {1, 1, 1, 3});
  const Int8Scale half{1 << 30, 0};
  // a / 2 + b / 2 in units of 2^-20, times 2 again: the plain sum.
  const Int8BinaryNumbers n{0, 0, 0, -128, 127, half, half, {1 << 30, -18}};
  const std::vector<std::int8_t> a{1, 2, 3, 4, 5, 6}, b{10, 20, 30};
  std::vector<std::int8_t> y(6);
  int8_binary(d, a.data(), b.data(), n, y.data());
  CHECK(y == std::vector<std::int8_t>{11, 22, 33, 14, 25, 36});
}

TEST_CASE("averages round halves away from zero and count the taps inside", "[int8]") {
  const Pool d{PoolKind::average, 3, 3, 1, 2, 2, 2, 2, 2, 2, 0, 0, 0};
  const std::vector<std::int8_t> x{1, 2, -1, 2, 5, -2, -7, -8, 100};
  std::vector<std::int8_t> y(4);
  int8_pool(d, x.data(), {}, nullptr, y.data());
  CHECK(y == std::vector<std::int8_t>{3, -2, -8, 100});  // 10/4, -3/2, -15/2, 100/1
  int8_pool(d, x.data(), {0, 0, -5, 50}, nullptr, y.data());
  CHECK(y == std::vector<std::int8_t>{3, -2, -5, 50});
}

TEST_CASE("a scaled pool takes the zero point off each tap and multiplies the sum", "[int8]") {
  const Pool d{PoolKind::average, 2, 2, 2, 1, 1, 2, 2, 1, 1, 0, 0, 0};
  const std::vector<std::int8_t> x{10, 20, 11, 21, 12, 22, 13, 23};
  std::vector<std::int8_t> y(2);
  const Int8Scale eighth{1 << 30, -2};
  int8_pool(d, x.data(), {3, -7, -128, 127}, &eighth, y.data());
  CHECK(y == std::vector<std::int8_t>{-3, 2});  // 34 / 8 - 7, 74 / 8 - 7
}

TEST_CASE("scales that raise sums beyond 32 bits saturate, with any zero point", "[int8]") {
  const Int8Scale one{INT32_MAX, 0}, eight{INT32_MAX, 3};
  for (const Int8Scale& scale : {one, eight})
    for (const std::int32_t zero_point : {-128, 0, 127}) {
      CHECK(requantize_to_int8(INT32_MAX, scale, {0, zero_point, -128, 127}) == 127);
      CHECK(requantize_to_int8(INT32_MIN, scale, {0, zero_point, -128, 127}) == -128);
      CHECK(requantize_to_int8(1 << 29, scale, {0, zero_point, -128, 127}) == 127);
      CHECK(requantize_to_int8(-(1 << 29), scale, {0, zero_point, -100, 127}) == -100);
    }
  CHECK(saturating_shift(1, 30) == 1 << 30);
  CHECK(saturating_shift(2, 30) == INT32_MAX);
  CHECK(saturating_shift(-2, 30) == INT32_MIN);
  CHECK(saturating_shift(-3, 30) == INT32_MIN);
  CHECK(saturating_add(INT32_MAX - 1, 1) == INT32_MAX);
  CHECK(saturating_add(INT32_MIN, -1) == INT32_MIN);
  CHECK(saturating_add(INT64_MAX, INT64_MIN) == -1);
}

TEST_CASE("functions in fixed point are the real ones to a few units", "[int8]") {
  for (std::int32_t x = INT32_MIN / 64; x <= 0; x += 32749) {
    const double real = x / std::pow(2.0, 26);
    REQUIRE(fixed_point::exp_of_negative(x, 5) / 2147483648.0 == Approx(std::exp(real)).margin(1e-7));
  }
  for (std::int64_t x = INT32_MIN + 1; x <= INT32_MAX; x += 1048573) {
    const double real = static_cast<double>(x) / std::pow(2.0, 27);
    const auto raw = static_cast<std::int32_t>(x);
    REQUIRE(fixed_point::logistic(raw, 4) / 2147483648.0 == Approx(1 / (1 + std::exp(-real))).margin(1e-7));
    REQUIRE(fixed_point::tanh(raw, 4) / 2147483648.0 == Approx(std::tanh(real)).margin(2e-7));
  }
  for (std::int32_t x = 1; x > 0 && x < INT32_MAX / 2; x += x / 3 + 1) {
    const auto inverse = fixed_point::reciprocal(x, 12);
    const double real = x / std::pow(2.0, 19);
    REQUIRE(std::ldexp(inverse.value / 2147483648.0, -inverse.bits) == Approx(1 / real));
  }
}

TEST_CASE("softmax in fixed point is within one step of the real one, in place as well", "[int8]") {
  Random random{std::mt19937(8)};
  for (int i = 0; i < 50; ++i) {
    const int width = random.between(1, 40);
    const auto x = random.bytes(2 * width);
    // Differences of scale 1/16: to 26 bits of fraction, 2^22.
    const Int8SoftmaxNumbers n{{1 << 30, 23}, -248};
    auto y = x;
    int8_softmax(2, width, y.data(), n, y.data());
    for (int g = 0; g < 2; ++g) {
      double sum = 0;
      for (int c = 0; c < width; ++c) sum += std::exp(x[u(g * width + c)] / 16.0);
      for (int c = 0; c < width; ++c) {
        const double real = std::exp(x[u(g * width + c)] / 16.0) / sum * 256 - 128;
        REQUIRE(std::abs(y[u(g * width + c)] - std::min(real, 127.0)) <= 0.51);
      }
    }
  }
}

TEST_CASE("quantizing rounds halves away from zero and saturates", "[int8]") {
  const std::vector<float> x{0.f, 0.5f, -0.5f, 0.49999997f, 1.5f, -2.5f, 1e30f, -1e30f, NAN, 126.6f};
  std::vector<std::int8_t> y(x.size());
  quantize(static_cast<int>(x.size()), x.data(), 1.f, 0, y.data());
  CHECK(y == std::vector<std::int8_t>{0, 1, -1, 0, 2, -3, 127, -128, -128, 127});
  std::vector<float> back(y.size());
  dequantize(static_cast<int>(y.size()), y.data(), 0.25f, 3, back.data());
  CHECK(back[1] == -0.5f);
  CHECK(back[7] == 0.25f * -131);
}

TEST_CASE("a table is read with the input as an unsigned byte", "[int8]") {
  std::vector<std::int8_t> table(256);
  for (int i = 0; i < 256; ++i) table[u(i)] = static_cast<std::int8_t>(-1 - i);
  std::vector<std::int8_t> x{0, 1, 127, -128, -1};
  int8_table(5, x.data(), table.data(), x.data());
  CHECK(x == std::vector<std::int8_t>{-1, -2, -128, 127, 0});
}

}  // namespace
