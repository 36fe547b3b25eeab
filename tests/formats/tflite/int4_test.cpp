// SPDX-License-Identifier: BSL-1.0
// Weights of int4: the same model as with the same weights of int8.
#include <codegen/model/constant_array.hpp>
#include <codegen/prepare/prepare.hpp>
#include <etch/ops/op_list.hpp>
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;
using Kind = OperatorKind;
using Bytes = std::vector<std::byte>;

/// Weights of one operator, as a file holds them.
struct Weights {
  std::vector<int> shape;
  std::vector<std::int8_t> numbers;  ///< -8 to 7
  int axis = 0;                      ///< that counts filters
};

Weights drawn(const std::vector<int>& shape, int axis, unsigned seed) {
  std::mt19937 engine(seed);
  Weights w{shape, {}, axis};
  for (std::size_t n = elements_of(shape); n > 0; --n)
    w.numbers.push_back(static_cast<std::int8_t>(static_cast<int>(engine() % 16U) - 8));
  w.numbers[0] = -8;
  return w;
}

/// Two numbers a byte, the first in the lower half.
std::vector<std::uint8_t> in_halves(const std::vector<std::int8_t>& numbers) {
  std::vector<std::uint8_t> bytes((numbers.size() + 1) / 2);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] | (numbers[i] & 15) << (i % 2 * 4));
  return bytes;
}

int constant(TfliteWriter& w, const Weights& of, ElementKind kind) {
  const auto filters = static_cast<std::size_t>(of.shape[static_cast<std::size_t>(of.axis)]);
  std::vector<float> scale;
  for (std::size_t f = 0; f < filters; ++f) scale.push_back(0.01f + 0.001f * static_cast<float>(f % 7));
  const Scales scales{scale, std::vector<std::int64_t>(filters), of.axis};
  if (kind == ElementKind::int4) return w.constant(kind, of.shape, in_halves(of.numbers), scales);
  return w.constant(kind, of.shape, of.numbers, scales);
}

/// An operator of weights and biases between values of a type.
Bytes file_of(Kind op, const std::vector<int>& in, const std::vector<int>& out, const Weights& weights,
              ElementKind kind, ElementKind type, const std::vector<Option>& options) {
  TfliteWriter w;
  const bool wide = type == ElementKind::int16;
  const Scales x_scales{{0.05f}, {wide ? 0 : 3}, 0}, y_scales{{0.04f}, {wide ? 0 : -5}, 0};
  const int x = w.tensor(type, in, x_scales), y = w.tensor(type, out, y_scales);
  const auto filters = static_cast<std::size_t>(out.back());
  int bias = 0;
  if (wide)
    bias = w.constant(ElementKind::int64, {out.back()}, std::vector<std::int64_t>(filters, -700));
  else
    bias = w.constant(ElementKind::int32, {out.back()}, std::vector<std::int32_t>(filters, 300));
  w.op(op, {x, constant(w, weights, kind), bias}, {y}, options);
  return w.file({x}, {y});
}

Bytes bytes_of_run(const host::ImportedModel& model, unsigned seed) {
  host::ModelSession session(model);
  std::mt19937 engine(seed);
  Bytes x(session.input_bytes(0));
  for (std::byte& b : x) b = static_cast<std::byte>(engine());
  session.run(x);
  const auto y = session.output();
  return {y.begin(), y.end()};
}

bool ships_in_four_bits(const host::ImportedModel& model) {
  const host::ImportedModel prepared = host::prepare(model);
  return std::ranges::any_of(prepared.graph->steps, [](const Step& step) {
    return step.op == op_code<ops::QuantizedInt4Convolution>;
  });
}

/// The same bytes from int4 as from int8, as the model is read and as it ships. \returns whether it ships in
/// 4 bits
bool check(Kind op, const std::vector<int>& in, const std::vector<int>& out, const Weights& weights,
           ElementKind type, const std::vector<Option>& options) {
  const auto model = [&](ElementKind kind) {
    return host::import_tflite(file_of(op, in, out, weights, kind, type, options), "int4");
  };
  const host::ImportedModel eight = model(ElementKind::int8), four = model(ElementKind::int4);
  CHECK(!ships_in_four_bits(eight));
  for (unsigned seed = 0; seed < 4; ++seed) {
    const Bytes wanted = bytes_of_run(eight, seed);
    CHECK(bytes_of_run(four, seed) == wanted);
    CHECK(bytes_of_run(host::prepare(four), seed) == wanted);
  }
  return ships_in_four_bits(four);
}

const std::vector<Option> dense{{0, std::int8_t{0}}, {1, std::int8_t{0}}};
/// SAME padding, strides and no activation.
std::vector<Option> windows(int stride, bool depthwise) {
  std::vector<Option> options{{0, std::int8_t{0}}, {1, stride}, {2, stride}};
  if (depthwise) options.emplace_back(Option{3, std::int32_t{1}});
  return options;
}

TEST_CASE("FULLY_CONNECTED of int4 weights is that of the same weights of int8", "[int4]") {
  for (const ElementKind type : {ElementKind::int8, ElementKind::int16})
    for (const auto& [units, in] : {std::pair{1, 1}, {1, 7}, {3, 5}, {4, 8}, {10, 33}, {12, 1}}) {
      INFO(units << " units of " << in << " inputs, " << host::tflite::name_of(type));
      const bool four = check(Kind::fully_connected, {1, in}, {1, units},
                              drawn({units, in}, 0, static_cast<unsigned>(units + in)), type, dense);
      CHECK(four == (units > 2));
    }
}

TEST_CASE("convolutions of int4 weights are those of the same weights of int8", "[int4]") {
  for (const ElementKind type : {ElementKind::int8, ElementKind::int16}) {
    CHECK(
        check(Kind::conv_2d, {1, 5, 4, 3}, {1, 3, 2, 5}, drawn({5, 3, 3, 3}, 0, 1), type, windows(2, false)));
    CHECK(
        check(Kind::conv_2d, {1, 3, 1, 7}, {1, 3, 1, 4}, drawn({4, 1, 1, 7}, 0, 2), type, windows(1, false)));
    CHECK(!check(Kind::depthwise_conv_2d, {1, 4, 5, 3}, {1, 4, 5, 3}, drawn({1, 3, 3, 3}, 3, 3), type,
                 windows(1, true)));  // which has no kernel for them, and runs them as int8
  }
}

TEST_CASE("int4 weights beside floats become floats", "[int4]") {
  const auto run = [](ElementKind kind) {
    TfliteWriter w;
    const int x = w.tensor(ElementKind::float32, {1, 5}), y = w.tensor(ElementKind::float32, {1, 3});
    w.op(Kind::fully_connected, {x, constant(w, drawn({3, 5}, 0, 9), kind), -1}, {y}, dense);
    const auto model = host::import_tflite(w.file({x}, {y}), "hybrid");
    host::ModelSession session(model);
    const std::vector<float> numbers{1, -2, 3, 0.5f, 7};
    session.run(std::as_bytes(std::span(numbers)));
    return host::numbers_in<float>(session.output());
  };
  CHECK(run(ElementKind::int4) == run(ElementKind::int8));
}

TEST_CASE("int4 of another length than its shape has, and int4 that is no constant, are refused", "[int4]") {
  const auto message = [](std::size_t bytes) {
    TfliteWriter w;
    const Scales scales{{0.5f}, {0}, 0};
    const int x = w.tensor(ElementKind::int8, {1, 3}, scales),
              y = w.tensor(ElementKind::int8, {1, 3}, scales);
    const int weights =
        w.constant(ElementKind::int4, {3, 3}, std::vector<std::uint8_t>(bytes), {{0.5f}, {0}, 0});
    w.op(Kind::fully_connected, {x, weights, -1}, {y}, dense);
    return error_of([&] { host::import_tflite(w.file({x}, {y}), "wrong"); });
  };
  CHECK(message(5).empty());
  for (const std::size_t bytes : {4U, 6U, 9U})
    CHECK_THAT(message(bytes), Contains("where its shape takes 5"));
  TfliteWriter w;
  const Scales scales{{0.5f}, {0}, 0};
  const int x = w.tensor(ElementKind::int4, {1, 3}, scales), y = w.tensor(ElementKind::int4, {1, 3}, scales);
  w.op(Kind::relu, {x}, {y});
  CHECK_THAT(error_of([&] { host::import_tflite(w.file({x}, {y}), "wrong"); }), Contains("int4"));
}

}  // namespace
