// SPDX-License-Identifier: BSL-1.0
// TRANSPOSE_CONV of whole numbers: each input adds its kernel to a part of the result, in 64 bits.
#include <tests/formats/tflite/reference.hpp>
#include <tests/formats/tflite/stored_model.hpp>
#include <tests/unit/error_of.hpp>

#include <functional>

namespace {

using namespace etch::test;
using namespace etch::test::reference;
using Catch::Matchers::Contains;

constexpr auto int8 = ElementKind::int8, int16 = ElementKind::int16;

struct Axis {
  int in, out, kernel, stride;
  bool same;
  /// Places of the first input's kernel before the result.
  int before() const { return same ? std::max((in - 1) * stride + kernel - out, 0) / 2 : 0; }
};

struct Transposed {
  Axis rows, columns;
  int channels, filters;
  bool bias = true, per_filter = true, relu = false;
  int weight_zero = 0;
};

int at(int row, int column, int channel, int columns, int channels) {
  return (row * columns + column) * channels + channel;
}

/// The sums of all inputs' kernels, without biases.
Wholes spread(const Transposed& t, const Wholes& x, const Wholes& w, int x_zero) {
  const Axis &r = t.rows, &c = t.columns;
  Wholes sums(static_cast<std::size_t>(r.out * c.out * t.filters));
  for (int iy = 0; iy < r.in; ++iy)
    for (int ix = 0; ix < c.in; ++ix)
      for (int ky = 0; ky < r.kernel; ++ky)
        for (int kx = 0; kx < c.kernel; ++kx) {
          const int oy = iy * r.stride - r.before() + ky, ox = ix * c.stride - c.before() + kx;
          if (oy < 0 || ox < 0 || oy >= r.out || ox >= c.out) continue;
          for (int f = 0; f < t.filters; ++f)
            for (int k = 0; k < t.channels; ++k)
              sums[static_cast<std::size_t>(at(oy, ox, f, c.out, t.filters))] +=
                  (x[static_cast<std::size_t>(at(iy, ix, k, c.in, t.channels))] - x_zero) *
                  (w[static_cast<std::size_t>(((f * r.kernel + ky) * c.kernel + kx) * t.channels + k)] -
                   t.weight_zero);
        }
  return sums;
}

void check(const Transposed& t, const Stored& x, const Stored& y) {
  const Axis &r = t.rows, &c = t.columns;
  INFO(r.in << " x " << c.in << " to " << r.out << " x " << c.out << ", kernel " << r.kernel << " x "
            << c.kernel);
  StoredModel m;
  const auto filters = static_cast<std::size_t>(t.filters), scales = t.per_filter ? filters : 1;
  std::vector<float> scale;
  for (std::size_t f = 0; f < scales; ++f) scale.push_back(0.01f + 0.003f * static_cast<float>(f));
  const Wholes w = m.random(filters * static_cast<std::size_t>(r.kernel * c.kernel * t.channels), {int8});
  const int weights = m.writer.constant(int8, {t.filters, r.kernel, c.kernel, t.channels},
                                        std::vector<std::int8_t>(w.begin(), w.end()),
                                        {scale, std::vector<std::int64_t>(scales, t.weight_zero), 0});
  std::vector<int> inputs{m.list({1, r.out, c.out, t.filters}), weights,
                          m.input({1, r.in, c.in, t.channels}, x)};
  Wholes bias(filters);
  if (t.bias) {
    for (std::size_t f = 0; f < filters; ++f) bias[f] = static_cast<Whole>(f * 700) - 900;
    inputs.push_back(x.wide() ? m.writer.constant(ElementKind::int64, {t.filters}, bias)
                              : m.writer.constant(ElementKind::int32, {t.filters},
                                                  std::vector<std::int32_t>(bias.begin(), bias.end())));
  }
  m.writer.op(OperatorKind::transpose_conv, inputs, {m.output({1, r.out, c.out, t.filters}, y)},
              {{0, static_cast<std::int8_t>(r.same ? 0 : 1)},
               {1, c.stride},
               {2, r.stride},
               {3, static_cast<std::int8_t>(t.relu)}});
  const Wholes given = m.random(static_cast<std::size_t>(r.in * c.in * t.channels), x);
  Wholes expected = spread(t, given, w, x.zero);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t f = i % filters;
    const double real = static_cast<double>(x.scale) * static_cast<double>(scale[t.per_filter ? f : 0]);
    const Factor by = factor(real / static_cast<double>(y.scale));
    const Whole sum = expected[i] + bias[f];
    const Whole placed = (x.wide() ? scaled_wide(sum, by) : scaled(sum, by)) + y.zero;
    expected[i] = std::max(y.held(placed), t.relu ? Whole{y.zero} : y.lowest());
  }
  CHECK(m.run({given}) == expected);
}

const Stored low{int8, 0.05f, -128}, high{int8, 0.05f, 127}, middle_zero{int8, 0.02f, 9};

TEST_CASE("TRANSPOSE_CONV of int8 is the reference's") {
  for (const Transposed& t :
       {Transposed{{3, 6, 4, 2, true}, {2, 4, 4, 2, true}, 3, 2},
        {{3, 6, 2, 2, false}, {4, 8, 2, 2, false}, 2, 3, false},
        {{3, 5, 3, 2, true}, {2, 4, 3, 2, true}, 2, 2, true, false},
        {{3, 9, 3, 3, false}, {2, 7, 5, 2, false}, 1, 4, true, true, true},
        {{2, 7, 4, 2, false}, {3, 9, 4, 2, false}, 2, 2},  // the last row and column: biases
        {{4, 4, 3, 1, true}, {5, 5, 5, 1, true}, 2, 2, true, true, true},
        {{2, 6, 1, 3, true}, {2, 4, 1, 2, true}, 3, 1},  // gaps between kernels
        {{1, 1, 1, 1, true}, {1, 1, 1, 1, true}, 1, 1},
        {{1, 1, 1, 1, true}, {5, 10, 4, 2, true}, 2, 2}}) {
    check(t, low, {int8, 0.03f, 3});
    check(t, high, {int8, 0.2f, -128});
    check(t, middle_zero, {int8, 0.001f, 127});
  }
}

TEST_CASE("TRANSPOSE_CONV of int16 is the reference's") {
  for (const Transposed& t : {Transposed{{3, 6, 4, 2, true}, {2, 4, 4, 2, true}, 3, 2},
                              {{2, 7, 4, 2, false}, {3, 9, 4, 2, false}, 2, 2, false, false, true}})
    check(t, {int16, 0.0002f}, {int16, 0.001f});
}

TEST_CASE("TRANSPOSE_CONV takes weights with a zero point") {
  for (const int zero : {-3, 100}) {
    const Transposed t{{3, 5, 3, 2, true}, {2, 4, 3, 2, true}, 2, 2, true, false, false, zero};
    check(t, middle_zero, {int8, 0.05f, 3});
  }
}

/// 2 x 2 to 4 x 4 with weights as given.
std::string refusal(const std::function<int(StoredModel&)>& weights) {
  StoredModel m;
  const int w = weights(m);
  m.writer.op(OperatorKind::transpose_conv, {m.list({1, 4, 4, 1}), w, m.input({1, 2, 2, 1}, low)},
              {m.output({1, 4, 4, 1}, low)}, {{0, std::int8_t{0}}, {1, 2}, {2, 2}});
  return error_of([&] { m.import(); });
}

TEST_CASE("TRANSPOSE_CONV of other types, or without scales, is refused") {
  CHECK_THAT(refusal([](StoredModel& m) {
               return m.constant({1, 2, 2, 1}, {ElementKind::int16, 1}, {1, 2, 3, 4});
             }),
             Contains("TRANSPOSE_CONV (operator 0) is supported with int8 weights"));
  CHECK_THAT(refusal([](StoredModel& m) {
               return m.writer.constant<std::int8_t>(int8, {1, 2, 2, 1}, {1, 2, 3, 4});
             }),
             Contains("TRANSPOSE_CONV (operator 0) needs weights with one scale"));
}

}  // namespace
