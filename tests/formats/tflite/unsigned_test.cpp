// SPDX-License-Identifier: BSL-1.0
// Files quantized to uint8, against TensorFlow Lite's arithmetic for it, written in int64 and double on bytes
// as the file has them.
#include <codegen/model/constant_array.hpp>
#include <tests/formats/tflite/one_op.hpp>

#include <cstdint>

namespace {

using namespace etch;
using namespace etch::test;
using Bytes = std::vector<std::uint8_t>;

constexpr auto uint8 = ElementKind::uint8;
constexpr float in_scale = 1.0f / 32, weight_scale = 1.0f / 50, out_scale = 1.0f / 11;
constexpr std::int64_t in_zero = 120, out_zero = 100;

/// x times a real factor below 1, as a multiplier of 31 bits and a shift: rounded to nearest twice, at the
/// second time away from zero at a half.
std::int64_t scaled(std::int64_t x, double real) {
  int shift = 0;
  const auto multiplier = static_cast<std::int64_t>(std::llround(std::frexp(real, &shift) * 2147483648.0));
  const std::int64_t product = x * multiplier;
  const std::int64_t high = (product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (std::int64_t{1} << 31);
  const std::int64_t divisor = std::int64_t{1} << -shift, half = divisor / 2;
  return high >= 0 ? (high + half) / divisor : -((-high + half) / divisor);
}
std::uint8_t kept(std::int64_t x, std::int64_t lowest = 0) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(x, lowest, 255));
}

class Unsigned {
 public:
  TfliteWriter w;
  std::mt19937 random{9};

  Bytes numbers(std::size_t n) {
    Bytes b(n);
    for (auto& x : b) x = static_cast<std::uint8_t>(random());
    return b;
  }
  int input(const std::vector<int>& shape) {
    size_ = elements_of(shape);
    return x_ = w.tensor(uint8, shape, {{in_scale}, {in_zero}});
  }
  int output(const std::vector<int>& shape, float scale = out_scale, std::int64_t zero = out_zero) {
    return y_ = w.tensor(uint8, shape, {{scale}, {zero}});
  }
  /// Runs random inputs.
  void check(const std::function<Bytes(const Bytes&)>& formula) {
    const auto model = host::import_tflite(w.file({x_}, {y_}), "unsigned");
    host::ModelSession session(model);
    for (int trial = 0; trial < 6; ++trial) {
      const Bytes x = numbers(size_);
      session.run(std::as_bytes(std::span(x)));
      CHECK(host::numbers_in<std::uint8_t>(session.output()) == formula(x));
    }
  }

 private:
  int x_ = 0, y_ = 0;
  std::size_t size_ = 0;
};

/// A convolution with SAME padding of [5, 4, 3] by 3 x 3, or a depthwise one.
void check_convolution(std::int64_t weight_zero, bool depthwise, bool relu) {
  Unsigned m;
  const int filters = depthwise ? 3 : 4, depth = depthwise ? 1 : 3;
  const std::vector<int> shape = depthwise ? std::vector<int>{1, 3, 3, 3} : std::vector<int>{4, 3, 3, 3};
  const Bytes weights = m.numbers(elements_of(shape));
  std::vector<std::int32_t> bias;
  for (int f = 0; f < filters; ++f) bias.push_back(static_cast<std::int32_t>(m.random() % 20000) - 10000);
  const int x = m.input({1, 5, 4, 3});
  const int w = m.w.constant<std::uint8_t>(uint8, shape, weights, {{weight_scale}, {weight_zero}});
  const int b = m.w.constant<std::int32_t>(ElementKind::int32, {filters}, bias);
  const auto fused = static_cast<std::int8_t>(relu);
  if (depthwise)
    m.w.op(OperatorKind::depthwise_conv_2d, {x, w, b}, {m.output({1, 5, 4, filters})},
           {{0, std::int8_t{0}}, {1, 1}, {2, 1}, {3, 1}, {4, fused}});
  else
    m.w.op(OperatorKind::conv_2d, {x, w, b}, {m.output({1, 5, 4, filters})},
           {{0, std::int8_t{0}}, {1, 1}, {2, 1}, {3, fused}});
  const double real = static_cast<double>(in_scale * weight_scale) / static_cast<double>(out_scale);
  m.check([=](const Bytes& in) {
    Bytes y;
    for (int oy = 0; oy < 5; ++oy)
      for (int ox = 0; ox < 4; ++ox)
        for (int f = 0; f < filters; ++f) {
          std::int64_t sum = bias[static_cast<std::size_t>(f)];
          for (int k = 0; k < 9 * depth; ++k) {
            const int tap = k / depth, iy = oy + tap / 3 - 1, ix = ox + tap % 3 - 1,
                      c = depthwise ? f : k % depth;
            if (iy < 0 || iy >= 5 || ix < 0 || ix >= 4) continue;
            const int at = depthwise ? tap * 3 + f : f * 27 + k;
            sum += (in[static_cast<std::size_t>((iy * 4 + ix) * 3 + c)] - in_zero) *
                   (weights[static_cast<std::size_t>(at)] - weight_zero);
          }
          y.push_back(kept(scaled(sum, real) + out_zero, relu ? out_zero : 0));
        }
    return y;
  });
}

TEST_CASE("convolutions of uint8 with a zero point of the weights are exact", "[unsigned]") {
  for (const std::int64_t zero : {128, 0, 1, 97, 204, 255})
    for (const bool relu : {false, true}) {
      INFO("zero point " << zero << (relu ? ", with a ReLU" : ""));
      check_convolution(zero, false, relu);
      check_convolution(zero, true, relu);
    }
}

TEST_CASE("TRANSPOSE_CONV of uint8 is exact, whatever the zero point of its weights", "[unsigned]") {
  for (const std::int64_t zero : {128, 0, 90, 255}) {
    INFO("zero point " << zero);
    Unsigned m;
    const Bytes weights = m.numbers(2 * 4 * 4 * 3);
    const int x = m.input({1, 3, 2, 3}),
              w = m.w.constant<std::uint8_t>(uint8, {2, 4, 4, 3}, weights, {{weight_scale}, {zero}}),
              shape = m.w.constant<std::int32_t>(ElementKind::int32, {4}, {1, 6, 4, 2});
    m.w.op(OperatorKind::transpose_conv, {shape, w, x}, {m.output({1, 6, 4, 2})},
           {{0, std::int8_t{0}}, {1, 2}, {2, 2}});
    const double real = static_cast<double>(in_scale * weight_scale) / static_cast<double>(out_scale);
    m.check([=](const Bytes& in) {
      std::vector<std::int64_t> sums(6 * 4 * 2);
      for (int i = 0; i < 6 * 16; ++i) {  // an input's pixel, and a tap that lies one before the result
        const int pixel = i / 16, oy = pixel / 2 * 2 + i % 16 / 4 - 1, ox = pixel % 2 * 2 + i % 4 - 1;
        for (int k = 0; k < 6 && oy >= 0 && oy < 6 && ox >= 0 && ox < 4; ++k)
          sums[static_cast<std::size_t>((oy * 4 + ox) * 2 + k / 3)] +=
              (in[static_cast<std::size_t>(pixel * 3 + k % 3)] - in_zero) *
              (weights[static_cast<std::size_t>((k / 3 * 16 + i % 16) * 3 + k % 3)] - zero);
      }
      Bytes y;
      for (const std::int64_t sum : sums) y.push_back(kept(scaled(sum, real) + out_zero));
      return y;
    });
  }
}

TEST_CASE("FULLY_CONNECTED of uint8 is exact", "[unsigned]") {
  for (const std::int64_t zero : {128, 40}) {
    Unsigned m;
    const Bytes weights = m.numbers(7 * 13);
    const int x = m.input({1, 13}),
              w = m.w.constant<std::uint8_t>(uint8, {7, 13}, weights, {{weight_scale}, {zero}});
    m.w.op(OperatorKind::fully_connected, {x, w, -1}, {m.output({1, 7})},
           {{0, std::int8_t{0}}, {1, std::int8_t{0}}});
    const double real = static_cast<double>(in_scale * weight_scale) / static_cast<double>(out_scale);
    m.check([=](const Bytes& in) {
      Bytes y;
      for (std::size_t f = 0; f < 7; ++f) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < 13; ++i) sum += (in[i] - in_zero) * (weights[f * 13 + i] - zero);
        y.push_back(kept(scaled(sum, real) + out_zero));
      }
      return y;
    });
  }
}

TEST_CASE("AVERAGE_POOL_2D of uint8 rounds halves up", "[unsigned]") {
  Unsigned m;
  const int x = m.input({1, 4, 6, 2});
  m.w.op(OperatorKind::average_pool_2d, {x}, {m.output({1, 2, 3, 2}, in_scale, in_zero)},
         {{0, std::int8_t{1}}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, std::int8_t{0}}});
  m.check([](const Bytes& in) {
    Bytes y;
    for (std::size_t r = 0; r < 2; ++r)
      for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t k = 0; k < 2; ++k) {
          int sum = 0;
          for (const std::size_t at : {0, 2, 12, 14}) sum += in[r * 24 + c * 4 + k + at];
          y.push_back(static_cast<std::uint8_t>((sum + 2) / 4));
        }
    return y;
  });
}

TEST_CASE("RESIZE_BILINEAR of uint8 is computed in float", "[unsigned]") {
  Unsigned m;
  const int x = m.input({1, 2, 3, 1}), size = m.w.constant<std::int32_t>(ElementKind::int32, {2}, {5, 7});
  m.w.op(OperatorKind::resize_bilinear, {x, size}, {m.output({1, 5, 7, 1}, in_scale, in_zero)},
         {{2, std::uint8_t{0}}, {3, std::uint8_t{1}}});
  m.check([](const Bytes& in) {
    struct Place {
      int low, high;
      float share;
    };
    const auto place = [](int o, int from, int to) {
      const float at =
          (static_cast<float>(o) + 0.5f) * (static_cast<float>(from) / static_cast<float>(to)) - 0.5f;
      const int low = std::max(static_cast<int>(std::floor(at)), 0);
      return Place{low, std::min(static_cast<int>(std::ceil(at)), from - 1), at - static_cast<float>(low)};
    };
    Bytes y;
    for (int oy = 0; oy < 5; ++oy)
      for (int ox = 0; ox < 7; ++ox) {
        const Place v = place(oy, 2, 5), h = place(ox, 3, 7);
        const auto at = [&](int r, int c) {
          return static_cast<float>(in[static_cast<std::size_t>(r * 3 + c)]);
        };
        const float sum =
            at(v.low, h.low) * (1 - v.share) * (1 - h.share) + at(v.high, h.low) * v.share * (1 - h.share) +
            at(v.low, h.high) * (1 - v.share) * h.share + at(v.high, h.high) * v.share * h.share + 0.5f;
        y.push_back(static_cast<std::uint8_t>(sum));
      }
    return y;
  });
}

TEST_CASE("LOGISTIC and TANH of uint8 are the nearest steps", "[unsigned]") {
  for (const bool tanh : {false, true}) {
    Unsigned m;
    const int x = m.input({1, 64});
    const float scale = tanh ? 1.0f / 128 : 1.0f / 256;
    const std::int64_t zero = tanh ? 128 : 0;
    m.w.op(tanh ? OperatorKind::tanh : OperatorKind::logistic, {x}, {m.output({1, 64}, scale, zero)});
    m.check([=](const Bytes& in) {
      Bytes y;
      for (const std::uint8_t b : in) {
        const double v = static_cast<double>(in_scale) * (b - static_cast<double>(in_zero));
        const double f = tanh ? std::tanh(v) : 1 / (1 + std::exp(-v));
        y.push_back(kept(std::llround(f / static_cast<double>(scale)) + zero));
      }
      return y;
    });
  }
}

TEST_CASE("CONCATENATION of uint8 brings its inputs to the result's quantization", "[unsigned]") {
  Unsigned m;
  const int x = m.input({1, 40});
  const Scales finer{{1.0f / 40}, {7}};
  const int twice = m.w.tensor(uint8, {1, 40}, finer);
  m.w.op(OperatorKind::quantize, {x}, {twice});
  m.w.op(OperatorKind::concatenation, {x, twice}, {m.output({1, 80}, in_scale, in_zero)},
         {{0, 1}, {1, std::int8_t{0}}});
  m.check([](const Bytes& in) {
    Bytes y = in;
    for (const std::uint8_t b : in) {
      // A factor above 1: raised by its shift first.
      int shift = 0;
      const double real = static_cast<double>(in_scale) / static_cast<double>(1.0f / 40);
      const auto multiplier =
          static_cast<std::int64_t>(std::llround(std::frexp(real, &shift) * 2147483648.0));
      const std::int64_t product = ((b - in_zero) << shift) * multiplier;
      const std::int64_t high =
          (product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (std::int64_t{1} << 31);
      const std::uint8_t finer_byte = kept(high + 7);
      const float scale = 1.0f / 40 * (1.0f / in_scale);
      y.push_back(
          kept(static_cast<std::int64_t>(std::round(static_cast<float>(finer_byte) * scale + -7.0f * scale)) +
               in_zero));
    }
    return y;
  });
}

TEST_CASE("CAST of bytes gives their numbers", "[unsigned]") {
  TfliteWriter w;
  const int x = w.tensor(uint8, {1, 256}), y = w.tensor(ElementKind::float32, {1, 256});
  w.op(OperatorKind::cast, {x}, {y});
  const auto model = host::import_tflite(w.file({x}, {y}), "net");
  host::ModelSession session(model);
  Bytes all(256);
  std::vector<float> expected;
  for (std::size_t i = 0; i < 256; ++i) all[i] = static_cast<std::uint8_t>(i);
  for (std::size_t i = 0; i < 256; ++i) expected.push_back(static_cast<float>(i));
  session.run(std::as_bytes(std::span(all)));
  CHECK(host::numbers_in<float>(session.output()) == expected);
}

}  // namespace
