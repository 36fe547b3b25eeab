// SPDX-License-Identifier: BSL-1.0
// Operators of .tflite files with weights and windows, in float, int8 and 16x8, against plain formulas.
#include <tests/formats/tflite/one_op.hpp>

namespace {

using namespace etch::test;

constexpr auto same = std::int8_t{0}, valid = std::int8_t{1};
constexpr auto no_activation = std::int8_t{0}, relu = std::int8_t{1}, relu6 = std::int8_t{3};

TEST_CASE("FULLY_CONNECTED imports") {
  check_in_all([](OneOp& m) -> Formula {
    Numbers w, b;
    const int x = m.input({1, 7});
    const int weights = m.weights({4, 7}, 0, w), bias = m.bias(4, b);
    m.writer.op(OperatorKind::fully_connected, {x, weights, bias}, {m.output({1, 4}, 1.0f / 16, -100)},
                {{0, relu}});
    return [=](const std::vector<Numbers>& in) {
      Numbers y;
      for (std::size_t u = 0; u < 4; ++u) {
        double sum = b[u];
        for (std::size_t i = 0; i < 7; ++i) sum += w[u * 7 + i] * in[0][i];
        y.push_back(std::max(sum, 0.0));
      }
      return std::vector<Numbers>{y};
    };
  });
}

struct Window {
  int height, width, channels, filters, kernel, stride, dilation;
  bool same_padding;
  int out(int in) const {
    const int reach = (kernel - 1) * dilation + 1;
    return same_padding ? (in + stride - 1) / stride : (in - reach) / stride + 1;
  }
  int before(int in) const {
    const int total = (out(in) - 1) * stride + (kernel - 1) * dilation + 1 - in;
    return same_padding ? std::max(total, 0) / 2 : 0;
  }
};

/// Calls `visit(output position, filter, tap, input index)` for every tap within the input.
template <class F>
void for_taps(const Window& d, F&& visit) {
  for (int oy = 0; oy < d.out(d.height); ++oy)
    for (int ox = 0; ox < d.out(d.width); ++ox)
      for (int ky = 0; ky < d.kernel; ++ky)
        for (int kx = 0; kx < d.kernel; ++kx) {
          const int iy = oy * d.stride - d.before(d.height) + ky * d.dilation;
          const int ix = ox * d.stride - d.before(d.width) + kx * d.dilation;
          if (iy < 0 || ix < 0 || iy >= d.height || ix >= d.width) continue;
          visit(static_cast<std::size_t>(oy * d.out(d.width) + ox),
                static_cast<std::size_t>(ky * d.kernel + kx), static_cast<std::size_t>(iy * d.width + ix));
        }
}

TEST_CASE("CONV_2D imports") {
  for (const Window& d :
       {Window{5, 6, 3, 4, 3, 2, 1, true}, {7, 6, 2, 3, 2, 1, 2, false}, {4, 4, 5, 2, 1, 1, 1, true}})
    check_in_all([&](OneOp& m) -> Formula {
      Numbers w, b;
      const int x = m.input({1, d.height, d.width, d.channels});
      const int weights = m.weights({d.filters, d.kernel, d.kernel, d.channels}, 0, w);
      const int bias = m.bias(d.filters, b);
      m.writer.op(OperatorKind::conv_2d, {x, weights, bias},
                  {m.output({1, d.out(d.height), d.out(d.width), d.filters}, 6.0f / 255, -128)},
                  {{0, d.same_padding ? same : valid},
                   {1, d.stride},
                   {2, d.stride},
                   {3, relu6},
                   {4, d.dilation},
                   {5, d.dilation}});
      return [=](const std::vector<Numbers>& in) {
        const auto filters = static_cast<std::size_t>(d.filters),
                   channels = static_cast<std::size_t>(d.channels);
        const auto taps = static_cast<std::size_t>(d.kernel * d.kernel);
        Numbers y(static_cast<std::size_t>(d.out(d.height) * d.out(d.width)) * filters);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = b[i % filters];
        for_taps(d, [&](std::size_t o, std::size_t tap, std::size_t i) {
          for (std::size_t f = 0; f < filters; ++f)
            for (std::size_t c = 0; c < channels; ++c)
              y[o * filters + f] += w[(f * taps + tap) * channels + c] * in[0][i * channels + c];
        });
        for (double& v : y) v = std::clamp(v, 0.0, 6.0);
        return std::vector<Numbers>{y};
      };
    });
}

TEST_CASE("DEPTHWISE_CONV_2D imports, with a multiplier") {
  // That of one channel is a convolution, whose kernels read a window once for all filters.
  for (const Window& d :
       {Window{5, 6, 3, 6, 3, 2, 1, true}, {6, 5, 4, 4, 3, 1, 1, false}, {7, 5, 1, 4, 3, 2, 1, true}})
    check_in_all([&](OneOp& m) -> Formula {
      Numbers w, b;
      const int x = m.input({1, d.height, d.width, d.channels});
      const int weights = m.weights({1, d.kernel, d.kernel, d.filters}, 3, w);
      const int bias = m.bias(d.filters, b);
      const int each = d.filters / d.channels;
      m.writer.op(OperatorKind::depthwise_conv_2d, {x, weights, bias},
                  {m.output({1, d.out(d.height), d.out(d.width), d.filters}, 1.0f / 12, 5)},
                  {{0, d.same_padding ? same : valid},
                   {1, d.stride},
                   {2, d.stride},
                   {3, each},
                   {4, no_activation},
                   {5, 1},
                   {6, 1}});
      return [=](const std::vector<Numbers>& in) {
        const auto filters = static_cast<std::size_t>(d.filters),
                   channels = static_cast<std::size_t>(d.channels);
        Numbers y(static_cast<std::size_t>(d.out(d.height) * d.out(d.width)) * filters);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = b[i % filters];
        for_taps(d, [&](std::size_t o, std::size_t tap, std::size_t i) {
          for (std::size_t f = 0; f < filters; ++f)
            y[o * filters + f] +=
                w[tap * filters + f] * in[0][i * channels + f / static_cast<std::size_t>(each)];
        });
        return std::vector<Numbers>{y};
      };
    });
}

TEST_CASE("AVERAGE_POOL_2D and MAX_POOL_2D import") {
  for (const auto kind : {OperatorKind::average_pool_2d, OperatorKind::max_pool_2d})
    for (const Window& d : {Window{5, 6, 3, 3, 3, 2, 1, true}, {6, 4, 2, 2, 2, 2, 1, false}})
      check_in_all([&](OneOp& m) -> Formula {
        const int x = m.input({1, d.height, d.width, d.channels});
        m.writer.op(kind, {x}, {m.output({1, d.out(d.height), d.out(d.width), d.channels})},
                    {{0, d.same_padding ? same : valid},
                     {1, d.stride},
                     {2, d.stride},
                     {3, d.kernel},
                     {4, d.kernel},
                     {5, relu}});
        return [=](const std::vector<Numbers>& in) {
          const auto channels = static_cast<std::size_t>(d.channels);
          const bool average = kind == OperatorKind::average_pool_2d;
          Numbers y(static_cast<std::size_t>(d.out(d.height) * d.out(d.width)) * channels,
                    average ? 0.0 : -1e9);
          Numbers count(y.size());
          for_taps(d, [&](std::size_t o, std::size_t, std::size_t i) {
            for (std::size_t c = 0; c < channels; ++c) {
              double& to = y[o * channels + c];
              to = average ? to + in[0][i * channels + c] : std::max(to, in[0][i * channels + c]);
              count[o * channels + c] += 1;
            }
          });
          for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::max(0.0, average ? y[i] / count[i] : y[i]);
          return std::vector<Numbers>{y};
        };
      });
}

TEST_CASE("MEAN imports over height and width") {
  check_in_both([](OneOp& m) -> Formula {
    const int x = m.input({1, 3, 4, 5});
    m.writer.op(OperatorKind::mean, {x, m.numbers({1, 2})}, {m.output({1, 5}, 1.0f / 64, 7)},
                {{0, std::uint8_t{0}}});
    return [](const std::vector<Numbers>& in) {
      Numbers y(5);
      for (std::size_t i = 0; i < 60; ++i) y[i % 5] += in[0][i] / 12;
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("biases that a converter saturated leave their channel at its bound") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::int8, {1, 3}, {{1.0f / 32}, {-128}}),
            y = w.tensor(ElementKind::int8, {1, 4}, {{1.0f / 32}, {3}});
  const int weights = w.constant<std::int8_t>(ElementKind::int8, {4, 3},
                                              {0, 0, 0, 127, -127, 5, 0, 0, 0, 64, 0, 0}, {{1.0f / 64}, {0}});
  const int bias = w.constant<std::int32_t>(ElementKind::int32, {4}, {INT32_MIN, INT32_MAX, INT32_MAX, 0});
  w.op(OperatorKind::fully_connected, {x, weights, bias}, {y}, {{0, std::int8_t{0}}, {1, std::int8_t{0}}});
  const auto model = etch::host::import_tflite(w.file({x}, {y}), "net");
  etch::host::ModelSession session(model);
  for (const int first : {-128, 0, 90}) {
    const std::int8_t numbers[]{static_cast<std::int8_t>(first), 127, -128};
    session.run(std::as_bytes(std::span(numbers)));
    std::vector<int> found;
    for (const std::byte b : session.output()) found.push_back(static_cast<std::int8_t>(b));
    CHECK(found == std::vector<int>{-128, 127, 127, std::min(127, first + 128 + 3)});
  }
}

}  // namespace
