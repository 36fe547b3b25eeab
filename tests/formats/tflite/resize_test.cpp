// SPDX-License-Identifier: BSL-1.0
// RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR against their definition, for every pair of flags.
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/tflite/writer.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

struct Sizes2 {
  int height, width, out_height, out_width;
};
constexpr int channels = 3;

host::ImportedModel resizer(OperatorKind kind, ElementKind type, const Sizes2& s, bool align, bool half) {
  TfliteWriter w;
  const Scales q = type == ElementKind::int8 ? Scales{{0.05f}, {4}} : Scales{};
  const int x = w.tensor(type, {1, s.height, s.width, channels}, q);
  const int size = w.constant<std::int32_t>(ElementKind::int32, {2}, {s.out_height, s.out_width});
  const int y = w.tensor(type, {1, s.out_height, s.out_width, channels}, q);
  const int first = kind == OperatorKind::resize_bilinear ? 2 : 0;
  w.op(kind, {x, size}, {y}, {{first, std::uint8_t{align}}, {first + 1, std::uint8_t{half}}});
  return host::import_tflite(w.file({x}, {y}), "resize");
}

/// Where an output lies among the inputs of its axis.
double place(int o, int in, int out, bool align, bool half) {
  if (align && out > 1) return (o + (half ? 0.5 : 0.0)) * (in - 1) / (out - 1);
  return (o + (half ? 0.5 : 0.0)) * in / out;
}

template <class T>
std::vector<T> run(const host::ImportedModel& model, const std::vector<T>& x) {
  host::ModelSession session(model);
  session.run(std::as_bytes(std::span(x)));
  std::vector<T> y(session.output_bytes(0) / sizeof(T));
  std::memcpy(y.data(), session.output().data(), session.output_bytes(0));
  return y;
}

template <class T>
void check_nearest(ElementKind type) {
  std::mt19937 engine(3);
  for (const Sizes2& s : {Sizes2{2, 3, 4, 9}, {5, 4, 3, 7}, {1, 6, 2, 1}, {4, 4, 8, 8}, {3, 3, 3, 3}})
    for (const bool align : {false, true})
      for (const bool half : {false, true}) {
        const auto model = resizer(OperatorKind::resize_nearest_neighbor, type, s, align, half);
        std::vector<T> x(static_cast<std::size_t>(s.height * s.width * channels));
        for (T& v : x) v = static_cast<T>(static_cast<int>(engine() % 255) - 127);
        const auto y = run(model, x);
        const auto source = [&](int o, int in, int out) {
          const double at = place(o, in, out, align, half);
          return std::min(static_cast<int>(align ? std::floor(at + 0.5) : std::floor(at + 1e-6)), in - 1);
        };
        std::size_t i = 0;
        for (int oy = 0; oy < s.out_height; ++oy)
          for (int ox = 0; ox < s.out_width; ++ox)
            for (int c = 0; c < channels; ++c, ++i) {
              const int iy = source(oy, s.height, s.out_height), ix = source(ox, s.width, s.out_width);
              INFO(s.height << "x" << s.width << " to " << s.out_height << "x" << s.out_width << ", align "
                            << align << ", half " << half << ", at " << oy << ", " << ox);
              REQUIRE(y[i] == x[static_cast<std::size_t>((iy * s.width + ix) * channels + c)]);
            }
      }
}

TEST_CASE("RESIZE_NEAREST_NEIGHBOR takes the nearest input") {
  check_nearest<std::int8_t>(ElementKind::int8);
  check_nearest<float>(ElementKind::float32);
}

template <class T>
void check_bilinear(ElementKind type, double tolerance) {
  std::mt19937 engine(4);
  for (const Sizes2& s : {Sizes2{2, 3, 4, 9}, {5, 4, 3, 7}, {1, 6, 2, 1}, {4, 4, 8, 8}, {7, 5, 20, 11}})
    for (const int flags : {0, 1, 2}) {
      const bool align = flags == 1, half = flags == 2;
      const auto model = resizer(OperatorKind::resize_bilinear, type, s, align, half);
      std::vector<T> x(static_cast<std::size_t>(s.height * s.width * channels));
      for (T& v : x) v = static_cast<T>(static_cast<int>(engine() % 255) - 127);
      const auto y = run(model, x);
      std::size_t i = 0;
      for (int oy = 0; oy < s.out_height; ++oy)
        for (int ox = 0; ox < s.out_width; ++ox)
          for (int c = 0; c < channels; ++c, ++i) {
            const double shift = half ? 0.5 : 0.0;
            const double py =
                std::clamp(place(oy, s.height, s.out_height, align, half) - shift, 0.0, s.height - 1.0);
            const double px =
                std::clamp(place(ox, s.width, s.out_width, align, half) - shift, 0.0, s.width - 1.0);
            const int y0 = static_cast<int>(py), x0 = static_cast<int>(px);
            const int y1 = std::min(y0 + 1, s.height - 1), x1 = std::min(x0 + 1, s.width - 1);
            const auto at = [&](int iy, int ix) {
              return static_cast<double>(x[static_cast<std::size_t>((iy * s.width + ix) * channels + c)]);
            };
            const double top = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * (px - x0);
            const double bottom = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * (px - x0);
            INFO(s.height << "x" << s.width << " to " << s.out_height << "x" << s.out_width << ", flags "
                          << flags << ", at " << oy << ", " << ox);
            REQUIRE(static_cast<double>(y[i]) == Approx(top + (bottom - top) * (py - y0)).margin(tolerance));
          }
    }
}

TEST_CASE("RESIZE_BILINEAR lies between the inputs") {
  check_bilinear<float>(ElementKind::float32, 1e-3);
  // Shares are kept to 1/1024, over differences of up to 254 along two axes, and the result is rounded.
  check_bilinear<std::int8_t>(ElementKind::int8, 1.8);
}

/// 2 to 4 by hand: with half pixel centres, outputs lie at -0.25, 0.25, 0.75 and 1.25.
TEST_CASE("RESIZE_BILINEAR in int8 rounds halves away from zero") {
  TfliteWriter w;
  const Scales q{{0.05f}, {4}};
  const int x = w.tensor(ElementKind::int8, {1, 1, 2, 1}, q);
  const int size = w.constant<std::int32_t>(ElementKind::int32, {2}, {1, 4});
  const int y = w.tensor(ElementKind::int8, {1, 1, 4, 1}, q);
  w.op(OperatorKind::resize_bilinear, {x, size}, {y}, {{2, std::uint8_t{0}}, {3, std::uint8_t{1}}});
  const auto model = host::import_tflite(w.file({x}, {y}), "resize");
  CHECK(run<std::int8_t>(model, {10, 20}) == std::vector<std::int8_t>{10, 13, 18, 20});
  CHECK(run<std::int8_t>(model, {-10, -20}) == std::vector<std::int8_t>{-10, -13, -18, -20});
}

TEST_CASE("resizes that contradict themselves are refused") {
  const Sizes2 s{2, 2, 4, 4};
  CHECK_THAT(error_of([&] { resizer(OperatorKind::resize_bilinear, ElementKind::float32, s, true, true); }),
             Contains("RESIZE_BILINEAR (operator 0)") && Contains("contradict"));
}

}  // namespace
