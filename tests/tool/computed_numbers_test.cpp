// SPDX-License-Identifier: BSL-1.0
// What ops say of the whole numbers that they compute, against numbers found by hand.
#include <etch/ops/op_list.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace {

using namespace etch;

const ComputedNumber& number(const ComputedNumbers& numbers, std::string_view what) {
  for (const ComputedNumber& n : numbers.all())
    if (what == n.what) return n;
  FAIL("no number '" << what << "'");
  return numbers.all()[0];
}

template <class Op>
ComputedNumbers computed(const typename Op::Attributes& attributes, const Shape& in, const Shape& out,
                         const std::vector<const void*>& weights, const std::vector<Int8Ranges>& x) {
  Step step = make_step<Op>(attributes);
  step.in = in;
  step.out = out;
  step.parameters = static_cast<decltype(step.parameters)>(weights.size());
  ComputedNumbers numbers;
  Op::computed(step, weights.data(), x, numbers);
  REQUIRE(numbers.known());
  return numbers;
}

kernels::Binary same_shapes(kernels::BinaryKind kind) {
  const std::array<int, 4> one{1, 1, 1, 1};
  return kernels::broadcast(kind, 1, one, one, one);
}

}  // namespace

TEST_CASE("a dense layer of int16 sums in 64 bits, in any order") {
  const std::int8_t w[]{3, -2, 0, 0};
  const std::int32_t bias[]{10, 0};
  const kernels::Int8Scale scale{0x7fffffff, -3};
  const kernels::Int8Io io{0, 0, -32768, 32767};
  const auto numbers = computed<ops::QuantizedConvolution>({.per_channel = 0, .wide = 1}, {2}, {1},
                                                           {w, bias, &scale, &io}, {Int8Ranges{}});
  const auto& sum = number(numbers, "sum of products, in any order");
  CHECK(sum.bits == 64);
  CHECK(sum.low == -3 * 32768 - 2 * 32767);
  CHECK(sum.high == 10 + 3 * 32767 + 2 * 32768);
  CHECK(number(numbers, "product with half of the multiplier").high == sum.high * 0x7fff);
}

TEST_CASE("a product of matrices sums differences to both zero points") {
  const kernels::Int8MatMulNumbers n{-1, 2, 0, -128, 127, {1 << 30, 0}};
  const std::vector<Int8Range> a(6, {-3, 4}), b(3, {0, 2});
  const auto numbers = computed<ops::QuantizedMatMul>({1, 2, 1, 3}, {2, 3}, {2, 1}, {&n}, {a, b});
  // Differences from -2 to 5, and from -2 to 0.
  CHECK(number(numbers, "product of differences to zero points").low == -10);
  CHECK(number(numbers, "product of differences to zero points").high == 4);
  CHECK(number(numbers, "sum of products, in any order").low == -30);
  CHECK(number(numbers, "sum of products, in any order").high == 12);
}

TEST_CASE("a PReLU multiplies by alpha on both sides of its zero point, and chooses then") {
  const std::int8_t alpha[]{-2, 5};
  const kernels::QuantizedPReluNumbers n{10, 1, 0, -128, 127, {1 << 30, 0}, {1 << 30, 0}};
  const std::vector<Int8Range> x(2, {0, 30});
  const auto numbers = computed<ops::QuantizedPReLU>({2}, {2}, {2}, {alpha, &n}, {x});
  CHECK(number(numbers, "difference to the zero point").high == 20);
  CHECK(number(numbers, "product with alpha").low == -60);  // (30 - 10) * (-2 - 1)
  CHECK(number(numbers, "product with alpha").high == 80);  // (30 - 10) * (5 - 1)
}

TEST_CASE("a squared difference is as large as its largest difference") {
  const kernels::Int8BinaryNumbers n{0, 0, 0, -128, 127, {1 << 30, 0}, {1 << 30, 0}, {1 << 30, 0}};
  const std::vector<Int8Range> x(1, {-4, 10}), y(1, {0, 6});
  const auto numbers = computed<ops::QuantizedBinary>(same_shapes(kernels::BinaryKind::squared_difference),
                                                      {1}, {1}, {&n}, {x, y});
  CHECK(number(numbers, "difference").low == -10 * 64);  // a half of 7 bits more
  CHECK(number(numbers, "square").high == 640 * 640);
}

TEST_CASE("quotients are largest by the least divisor, and fit 32 bits by the largest scale") {
  kernels::Int8BinaryNumbers n{-128, 0, 100, -128, 127, {}, {}, {1 << 30, 5}};
  const auto attributes = same_shapes(kernels::BinaryKind::divide);
  const std::vector<Int8Range> x(1), y(1);
  const auto small = number(computed<ops::QuantizedBinary>(attributes, {1}, {1}, {&n}, {x, y}),
                            "quotient with its zero point");
  CHECK(small.high == 255 * 16 + 100);
  CHECK(small.proven());
  n.y = {INT32_MAX, 22};
  const auto large = number(computed<ops::QuantizedBinary>(attributes, {1}, {1}, {&n}, {x, y}),
                            "quotient with its zero point");
  CHECK(large.high > 254LL * (1 << 22));
  CHECK(large.proven());
}

TEST_CASE("a convolution with a zero point of its weights takes it from the window's sum") {
  const std::int8_t w[]{3, -2, 0, 0};
  const std::int32_t bias[]{7};
  const kernels::Int8Scale scale{1 << 30, 0};
  const kernels::Int8Io io{0, 0, -128, 127};
  const std::vector<Int8Range> x(2, {-1, 5});
  ops::QuantizedOffsetConvolution::Attributes attributes;
  attributes.windows.per_channel = 0;
  attributes.offset = 4;
  const auto numbers =
      computed<ops::QuantizedOffsetConvolution>(attributes, {2}, {1}, {w, bias, &scale, &io}, {x});
  CHECK(number(numbers, "sum of a window, in any order").high == 10);
  CHECK(number(numbers, "product of the weights' zero point and a window").low == -40);
  const auto& sum = number(numbers, "sum of products, in any order");
  CHECK(sum.low == 7 - 40 - 3 - 10);
  CHECK(sum.high == 7 + 8 + 15 + 2);
}

TEST_CASE("whole numbers between pixels fit 32 bits at both ends") {
  const std::vector<Int8Range> x(4);
  const auto numbers =
      computed<ops::Resample>({kernels::ResizeKind::bilinear, 2, 2, 1, 3, 3}, {2, 2, 1}, {3, 3, 1}, {}, {x});
  const auto& sum = numbers.all()[0];
  CHECK(sum.low == -128 * (1 << 20) - (1 << 19));
  CHECK(sum.high == 127 * (1 << 20) + (1 << 19));
  CHECK(sum.proven());
}

TEST_CASE("rows of int8 that are divided by their length sum squares of differences") {
  const std::int32_t zero_point = 10;
  const std::vector<Int8Range> x(4, {-20, 30});
  const auto numbers = computed<ops::Int8UnitNorm>({}, {4}, {4}, {&zero_point}, {x});
  CHECK(number(numbers, "difference to the zero point").low == -30);
  CHECK(number(numbers, "difference to the zero point").high == 20);
  CHECK(number(numbers, "sum of squares").high == 4 * 900);
  CHECK(number(numbers, "product with the multiplier").bits == 64);
}

TEST_CASE("log-softmax sums exponentials within 32 bits") {
  const kernels::Int8LogSoftmaxNumbers n{{{1 << 30, 20}, -200}, {1 << 30, -20}};
  const auto numbers = computed<ops::Int8LogSoftmax>({}, {4095}, {4095}, {&n}, {Int8Ranges{}});
  CHECK(number(numbers, "sum of exponentials").high == 4095LL << 19);
  CHECK(number(numbers, "logarithm above the lowest number").low == INT32_MIN);
  for (const ComputedNumber& each : numbers.all()) {
    INFO(each.what);
    CHECK(each.proven());
  }
}

TEST_CASE("1 / sqrt of int16 raises 1 by 20 bits and more") {
  for (const int shift : {-31, 0, 10}) {
    const kernels::Int8Scale scale{1 << 30, shift};
    const auto numbers = computed<ops::Int16Rsqrt>({}, {8}, {8}, {&scale}, {Int8Ranges{}});
    CHECK(number(numbers, "1 / sqrt, raised").high == 1 << 20);
    for (const ComputedNumber& each : numbers.all()) CHECK(each.proven());
  }
}

TEST_CASE("sums of any two numbers of 32 bits leave their type, quotients and bounds do not") {
  const kernels::Int32Bounds bounds;
  const auto proven = [&](kernels::BinaryKind kind) {
    const auto numbers =
        computed<ops::Int32Binary>(same_shapes(kind), {1}, {1}, {&bounds}, {Int8Ranges{}, Int8Ranges{}});
    return std::ranges::all_of(numbers.all(), &ComputedNumber::proven);
  };
  using enum kernels::BinaryKind;
  for (const kernels::BinaryKind kind : {add, subtract, multiply}) CHECK_FALSE(proven(kind));
  for (const kernels::BinaryKind kind : {divide, maximum, minimum}) CHECK(proven(kind));
}

TEST_CASE("the audio front end keeps within its words where its factors do") {
  const std::vector<std::int16_t> window{-4096, 0, 4095};
  const auto weighted =
      computed<ops::SignalWindow>({.length = 3, .shift = 12}, {3}, {3}, {window.data()}, {Int8Ranges{}});
  CHECK(number(weighted, "sample by its part of the window").low == -32768LL * 4096);
  const auto spectrum = computed<ops::SignalRfft>({4, 4}, {4}, {6}, {}, {Int8Ranges{}});
  const auto energy = computed<ops::SignalEnergy>({0, 3}, {6}, {3}, {}, {Int8Ranges{}});
  CHECK(number(energy, "energy").high == 1LL << 31);  // which a word without a sign holds
  const std::vector<std::int16_t> weight{100, 200}, unweight{7, 8}, start{0, 1}, width{1, 1};
  const auto bank = computed<ops::SignalFilterBank>(
      {1, 2}, {2}, {2}, {weight.data(), unweight.data(), start.data(), start.data(), width.data()},
      {Int8Ranges{}});
  CHECK(number(bank, "sum of a channel").high == (200 + 7) * 4294967295LL);
  const std::vector<std::int16_t> table(kernels::gain_table_size, 1000);
  const auto gains = computed<ops::SignalPcan>({6}, {2}, {2}, {table.data()}, {Int8Ranges{}, Int8Ranges{}});
  for (const ComputedNumbers& numbers : {weighted, spectrum, energy, bank, gains})
    for (const ComputedNumber& each : numbers.all()) {
      INFO(each.what);
      CHECK(each.proven());
    }
}

TEST_CASE("a signal that is raised beyond its word and a logarithm of a large scale are seen") {
  const auto proven = [](const ComputedNumbers& numbers) {
    return std::ranges::all_of(numbers.all(), &ComputedNumber::proven);
  };
  const auto subtracted = [](int smoothing_bits, std::uint32_t smoothing) {
    const kernels::SignalSubtraction d{1, smoothing, 0, 0, 1, smoothing, smoothing_bits, 14};
    return computed<ops::SignalFilterBankSpectralSubtraction>(d, {2}, {2}, {}, {Int8Ranges{}});
  };
  CHECK(proven(subtracted(0, 1 << 14)));
  CHECK_FALSE(proven(subtracted(10, 1 << 14)));
  CHECK_FALSE(proven(subtracted(0, UINT32_MAX)));
  const std::vector<std::int16_t> table(kernels::log_table_size, 500);
  const auto logs = [&](int scale) {
    return computed<ops::SignalFilterBankLog>({scale, 0}, {2}, {2}, {table.data()}, {Int8Ranges{}});
  };
  CHECK(proven(logs(1600)));
  CHECK_FALSE(proven(logs(4000)));
}
