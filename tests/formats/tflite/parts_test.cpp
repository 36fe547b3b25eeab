// SPDX-License-Identifier: BSL-1.0
// Operators that cut, join, repeat and pick parts, and weights of float16.
#include <codegen/model/constant_array.hpp>
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

/// Results that are inputs, by their index, one list an output.
Formula picked(const std::vector<std::vector<std::size_t>>& from) {
  return [=](const std::vector<Numbers>& in) {
    std::vector<Numbers> all;
    for (const auto& places : from) {
      all.emplace_back();
      for (const std::size_t i : places) all.back().push_back(in[0][i]);
    }
    return all;
  };
}

TEST_CASE("SPLIT_V imports, with a part left open") {
  for (const std::vector<std::int32_t>& sizes : {std::vector<std::int32_t>{1, 3}, {1, -1}})
    check_in_all([&](OneOp& m) -> Formula {
      const int x = m.input({1, 2, 4});
      const int first = m.output({1, 2, 1}), second = m.output({1, 2, 3});
      m.writer.op(OperatorKind::split_v, {x, m.numbers(sizes), m.numbers({2})}, {first, second}, {{0, 2}});
      return picked({{0, 4}, {1, 2, 3, 5, 6, 7}});
    });
}

TEST_CASE("UNPACK and PACK of values import") {
  check_in_all([](OneOp& m) -> Formula {
    const int x = m.input({1, 2, 3}), a = m.between({1, 3}), b = m.between({1, 3});
    m.writer.op(OperatorKind::unpack, {x}, {a, b}, {{0, 2}, {1, 1}});
    m.writer.op(OperatorKind::pack, {b, a, b}, {m.output({1, 3, 3})}, {{0, 3}, {1, -1}});
    return picked({{3, 0, 3, 4, 1, 4, 5, 2, 5}});
  });
}

TEST_CASE("TILE imports, along several axes") {
  check_in_all([](OneOp& m) -> Formula {
    const int x = m.input({1, 2, 2});
    m.writer.op(OperatorKind::tile, {x, m.numbers({1, 2, 3})}, {m.output({1, 4, 6})});
    return picked({{0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}});
  });
}

TEST_CASE("GATHER by constants imports") {
  check_in_all([](OneOp& m) -> Formula {
    const int x = m.input({1, 3, 2});
    m.writer.op(OperatorKind::gather, {x, m.numbers({2, 0, 2})}, {m.output({1, 3, 2})}, {{0, 1}});
    return picked({{4, 5, 0, 1, 4, 5}});
  });
}

TEST_CASE("MIRROR_PAD imports, with the edge and without") {
  for (const bool symmetric : {false, true})
    check_in_all([&](OneOp& m) -> Formula {
      const int x = m.input({1, 3, 2, 1});
      const int amounts =
          m.writer.constant<std::int32_t>(ElementKind::int32, {4, 2}, {0, 0, 1, 2, 1, 0, 0, 0});
      m.writer.op(OperatorKind::mirror_pad, {x, amounts}, {m.output({1, 6, 3, 1})},
                  {{0, static_cast<std::int8_t>(symmetric)}});
      std::vector<std::size_t> from;
      const std::vector<std::size_t> rows =
          symmetric ? std::vector<std::size_t>{0, 0, 1, 2, 2, 1} : std::vector<std::size_t>{1, 0, 1, 2, 1, 0};
      const std::vector<std::size_t> columns =
          symmetric ? std::vector<std::size_t>{0, 0, 1} : std::vector<std::size_t>{1, 0, 1};
      for (const std::size_t r : rows)
        for (const std::size_t c : columns) from.push_back(2 * r + c);
      return picked({from});
    });
}

TEST_CASE("a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND is a dilated one") {
  check_in_all([](OneOp& m) -> Formula {
    // [5, 7] padded by 1 row and 1 column before, and behind to [8, 9], of which 2 x 3 make a batch
    Numbers w;
    const int x = m.input({1, 5, 7, 1}), weights = m.weights({1, 2, 2, 1}, 0, w);
    const int apart = m.between({6, 4, 3, 1});
    const auto [scale, zero] = m.stored_as(1.0f / 16, 3);
    const int inside = m.writer.tensor(m.kind(), {6, 3, 2, 1}, m.real() ? Scales{} : Scales{{scale}, {zero}});
    const auto amounts = [&](std::vector<std::int32_t> n) {
      return m.writer.constant<std::int32_t>(ElementKind::int32, {2, 2}, n);
    };
    m.writer.op(OperatorKind::space_to_batch_nd, {x, m.numbers({2, 3}), amounts({1, 2, 1, 1})}, {apart});
    m.writer.op(OperatorKind::conv_2d, {apart, weights, -1}, {inside},
                {{0, std::int8_t{1}}, {1, 1}, {2, 1}, {3, std::int8_t{0}}});
    m.writer.op(OperatorKind::batch_to_space_nd, {inside, m.numbers({2, 3}), amounts({0, 1, 0, 2})},
                {m.output({1, 5, 4, 1}, 1.0f / 16)});
    return [=](const std::vector<Numbers>& in) {
      Numbers y;
      for (int oy = 0; oy < 5; ++oy)
        for (int ox = 0; ox < 4; ++ox) {
          double sum = 0;
          for (int k = 0; k < 4; ++k) {
            const int iy = oy - 1 + k / 2 * 2, ix = ox - 1 + k % 2 * 3;
            if (iy >= 0 && iy < 5 && ix >= 0 && ix < 7)
              sum += in[0][static_cast<std::size_t>(iy * 7 + ix)] * w[static_cast<std::size_t>(k)];
          }
          y.push_back(sum);
        }
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("weights of float16 are the floats that they are") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::float32, {1, 8}), y = w.tensor(ElementKind::float32, {1, 8}),
            wide = w.tensor(ElementKind::float32, {8});
  // 1, -2, the largest, the smallest normal, the smallest, one third, -0 and infinity
  const int half = w.constant<std::uint16_t>(
      ElementKind::float16, {8}, {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555, 0x8000, 0x7c00});
  w.op(OperatorKind::dequantize, {half}, {wide});
  w.op(OperatorKind::mul, {x, wide}, {y}, {{0, std::int8_t{0}}});
  const auto model = host::import_tflite(w.file({x}, {y}), "net");
  host::ModelSession session(model);
  const std::vector<float> ones(8, 1.0f);
  session.run(std::as_bytes(std::span(ones)));
  CHECK(host::numbers_in<float>(session.output()) ==
        std::vector<float>{1, -2, 65504, 0x1p-14f, 0x1p-24f, 0x1.554p-2f, 0,
                           std::numeric_limits<float>::infinity()});
}

TEST_CASE("parts that are wrong are refused in a sentence") {
  const auto refusal = [](auto&& write) {
    OneOp m(ElementKind::float32);
    write(m, m.input({1, 2, 4}));
    return error_of([&] { m.import(); });
  };
  CHECK_THAT(refusal([](OneOp& m, int x) {
               const int a = m.output({1, 2, 3}), b = m.output({1, 2, 3});
               m.writer.op(OperatorKind::split_v, {x, m.numbers({3, 3}), m.numbers({2})}, {a, b});
             }),
             Contains("SPLIT_V (operator 0) is damaged: its parts do not fit its input"));
  CHECK_THAT(refusal([](OneOp& m, int x) {
               m.writer.op(OperatorKind::gather, {x, m.numbers({4})}, {m.output({1, 2, 1})}, {{0, 2}});
             }),
             Contains("GATHER (operator 0) takes places that its input does not have"));
  CHECK_THAT(refusal([](OneOp& m, int x) {
               m.writer.op(OperatorKind::tile, {x, m.numbers({1, 1 << 30, 1})}, {m.output({1, 4, 4})});
             }),
             Contains("TILE (operator 0) is damaged"));
}

}  // namespace
