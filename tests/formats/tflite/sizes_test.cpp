// SPDX-License-Identifier: BSL-1.0
// Quantized operators at the sizes where their sums, shifts and products end.
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

template <class T>
std::vector<T> run(const host::ImportedModel& model, const auto& x) {
  host::ModelSession session(model);
  session.run(std::as_bytes(std::span(x)));
  std::vector<T> y(session.output().size() / sizeof(T));
  std::memcpy(y.data(), session.output().data(), session.output().size());
  return y;
}

template <class In, class Out>
host::ImportedModel softmax(int width) {
  const auto kind = [](auto number) { return sizeof number == 1 ? ElementKind::int8 : ElementKind::int16; };
  const Scales steps = sizeof(In) == 2    ? Scales{{1.0f / 32768}, {0}}
                       : sizeof(Out) == 2 ? Scales{{1.0f / 65536}, {-32768}}
                                          : Scales{{1.0f / 256}, {-128}};
  TfliteWriter w;
  const int x = w.tensor(kind(In{}), {1, width}, {{1.0f / 32}, {0}}),
            y = w.tensor(kind(Out{}), {1, width}, steps);
  w.op(OperatorKind::softmax, {x}, {y}, {{0, 1.0f}});
  return host::import_tflite(w.file({x}, {y}), "softmax");
}

TEST_CASE("SOFTMAX of up to 65,536 equal numbers is right, and of more is refused") {
  for (const int width : {1, 2, 511, 512, 513, 4096, 65535, 65536}) {
    CAPTURE(width);
    const std::vector<std::int8_t> x(static_cast<std::size_t>(width), 3);
    const std::vector<std::int16_t> wide(x.size(), 3);
    const double share = 1.0 / width;
    for (const std::int8_t y : run<std::int8_t>(softmax<std::int8_t, std::int8_t>(width), x))
      REQUIRE(y == std::min(std::round(256 * share) - 128, 127.0));
    for (const std::int16_t y : run<std::int16_t>(softmax<std::int8_t, std::int16_t>(width), x))
      REQUIRE(y == std::min(std::round(65536 * share) - 32768, 32767.0));
    for (const std::int16_t y : run<std::int16_t>(softmax<std::int16_t, std::int16_t>(width), wide))
      REQUIRE(std::abs(y - std::min(32768 * share, 32767.0)) <= 0.51);
  }
  const char* const why = "has rows of 65537 numbers: a quantized one takes 65,536 at most";
  CHECK_THAT(error_of([] { softmax<std::int8_t, std::int8_t>(65537); }), Contains(why));
  CHECK_THAT(error_of([] { softmax<std::int8_t, std::int16_t>(65537); }), Contains(why));
  CHECK_THAT(error_of([] { softmax<std::int16_t, std::int16_t>(65537); }), Contains(why));
}

/// One result of `depth` inputs, whose weights are all the same.
host::ImportedModel deep(ElementKind kind, int depth, std::int8_t weight, float scale) {
  TfliteWriter w;
  const int x = w.tensor(kind, {1, depth}, {{1}, {0}}), y = w.tensor(kind, {1, 1}, {{scale}, {0}});
  const int weights =
      w.constant(ElementKind::int8, {1, depth},
                 std::vector<std::int8_t>(static_cast<std::size_t>(depth), weight), {{1}, {0}});
  w.op(OperatorKind::fully_connected, {x, weights}, {y}, {{0, std::int8_t{0}}});
  return host::import_tflite(w.file({x}, {y}), "deep");
}

TEST_CASE("FULLY_CONNECTED sums up to 32 bits in int8, and up to 47 in 16x8") {
  constexpr int most = 131071;  // times 2^14 is 2^31 - 2^14
  const std::vector<std::int8_t> x(most, -128);
  // 2^31 - 2^14 in steps of 2^25 is 63.9995, with the other sign -63.5.
  CHECK(run<std::int8_t>(deep(ElementKind::int8, most, -128, 1 << 25), x)[0] == 64);
  CHECK(run<std::int8_t>(deep(ElementKind::int8, most, 127, 1 << 25), x)[0] == -63);
  // Steps as fine as the inputs', and finer: the sum saturates, and does not wrap.
  for (const float scale : {1.0f, 0.5f, 1.0f / 1024}) {
    CAPTURE(scale);
    CHECK(run<std::int8_t>(deep(ElementKind::int8, most, -128, scale), x)[0] == 127);
    CHECK(run<std::int8_t>(deep(ElementKind::int8, most, 127, scale), x)[0] == -128);
  }
  CHECK_THAT(error_of([] { deep(ElementKind::int8, most + 1, -128, 1); }), Contains("may not fit 32 bits"));
  constexpr int deeper = 1 << 22;
  const std::vector<std::int16_t> wide(deeper, -32768);
  CHECK(run<std::int16_t>(deep(ElementKind::int16, deeper, -128, std::ldexp(1.0f, 30)), wide)[0] == 16384);
  CHECK(run<std::int16_t>(deep(ElementKind::int16, deeper, -128, 1), wide)[0] == 32767);
}

/// The average of all of `height` x `width` numbers.
template <class T>
host::ImportedModel average(int height, int width) {
  const ElementKind kind = sizeof(T) == 1 ? ElementKind::int8 : ElementKind::int16;
  TfliteWriter w;
  const int x = w.tensor(kind, {1, height, width, 1}, {{1}, {0}}),
            y = w.tensor(kind, {1, 1, 1, 1}, {{1}, {0}});
  w.op(OperatorKind::average_pool_2d, {x}, {y},
       {{0, std::int8_t{1}},
        {1, std::int32_t{1}},
        {2, std::int32_t{1}},
        {3, std::int32_t{width}},
        {4, std::int32_t{height}},
        {5, std::int8_t{0}}});
  return host::import_tflite(w.file({x}, {y}), "average");
}

template <class T>
void check_average(int height, int width) {
  const auto model = average<T>(height, width);
  for (const T number : {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()})
    CHECK(run<T>(model, std::vector<T>(static_cast<std::size_t>(height) * static_cast<std::size_t>(width),
                                       number))[0] == number);
}

TEST_CASE("AVERAGE_POOL_2D of the largest windows is right, and of larger ones is refused") {
  check_average<std::int8_t>(4096, 4080);
  check_average<std::int16_t>(255, 257);
  CHECK_THAT(error_of([] { average<std::int8_t>(4096, 4081); }),
             Contains("averages 16715776 numbers, whose sum may not fit 32 bits: 16711680 at most"));
  CHECK_THAT(error_of([] { average<std::int16_t>(256, 256); }),
             Contains("averages 65536 numbers, whose sum may not fit 32 bits: 65535 at most"));
}

host::ImportedModel mean(int count) {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::int8, {1, count, 1}, {{1}, {-128}}),
            y = w.tensor(ElementKind::int8, {1, 1}, {{1}, {-128}});
  const int axis = w.constant(ElementKind::int32, {1}, std::vector<std::int32_t>{1});
  w.op(OperatorKind::mean, {x, axis}, {y}, {{0, std::int8_t{0}}});
  return host::import_tflite(w.file({x}, {y}), "mean");
}

TEST_CASE("MEAN of 2^22 numbers is right, and of more is refused") {
  constexpr int most = 1 << 22;
  for (const std::int8_t number : {-128, 127})
    CHECK(run<std::int8_t>(mean(most), std::vector<std::int8_t>(most, number))[0] == number);
  CHECK_THAT(error_of([] { mean(most + 1); }), Contains("averages 4194305 numbers"));
}

}  // namespace
