// SPDX-License-Identifier: BSL-1.0
// Operators of .tflite files that move numbers, shape arithmetic, and what is refused.
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

const Formula unchanged = [](const std::vector<Numbers>& in) { return in; };

/// Results that are inputs, by their index.
Formula picked(const std::vector<std::size_t>& from) {
  return [=](const std::vector<Numbers>& in) {
    Numbers y;
    for (const std::size_t i : from) y.push_back(in[0][i]);
    return std::vector<Numbers>{y};
  };
}

TEST_CASE("RESHAPE, SQUEEZE and EXPAND_DIMS import") {
  check_in_all([](OneOp& m) {
    const int x = m.input({1, 2, 6}), a = m.between({1, 3, 1, 4}), b = m.between({1, 3, 4});
    m.writer.op(OperatorKind::reshape, {x, m.numbers({1, 3, 1, 4})}, {a});
    m.writer.op(OperatorKind::squeeze, {a}, {b});
    m.writer.op(OperatorKind::expand_dims, {b, m.numbers({2})}, {m.output({1, 3, 1, 4})});
    return unchanged;
  });
}

TEST_CASE("PAD imports, on one axis and on two") {
  check_in_all([](OneOp& m) -> Formula {
    const int x = m.input({1, 2, 3, 2});
    const int amounts = m.writer.constant<std::int32_t>(ElementKind::int32, {4, 2}, {0, 0, 1, 0, 2, 1, 0, 0});
    m.writer.op(OperatorKind::pad, {x, amounts}, {m.output({1, 3, 6, 2})});
    return [](const std::vector<Numbers>& in) {
      Numbers y(36);
      for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t i = 0; i < 6; ++i) y[(r + 1) * 12 + 4 + i] = in[0][r * 6 + i];
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("TRANSPOSE imports") {
  check_in_all([](OneOp& m) -> Formula {
    const int x = m.input({1, 2, 3, 4});
    m.writer.op(OperatorKind::transpose, {x, m.numbers({0, 3, 1, 2})}, {m.output({1, 4, 2, 3})});
    return [](const std::vector<Numbers>& in) {
      Numbers y;
      for (std::size_t c = 0; c < 4; ++c)
        for (std::size_t i = 0; i < 6; ++i) y.push_back(in[0][i * 4 + c]);
      return std::vector<Numbers>{y};
    };
  });
}

TEST_CASE("CONCATENATION and SPLIT import") {
  check_in_all([](OneOp& m) -> Formula {
    const int a = m.input({1, 2, 3}), b = m.input({1, 2, 1});
    m.writer.op(OperatorKind::concatenation, {a, b}, {m.output({1, 2, 4})}, {{0, -1}, {1, std::int8_t{0}}});
    return [](const std::vector<Numbers>& in) {
      return std::vector<Numbers>{
          {in[0][0], in[0][1], in[0][2], in[1][0], in[0][3], in[0][4], in[0][5], in[1][1]}};
    };
  });
  check_in_all([](OneOp& m) -> Formula {
    const int x = m.input({1, 2, 4});
    const int first = m.output({1, 2, 2}), second = m.output({1, 2, 2});
    m.writer.op(OperatorKind::split, {m.numbers({2}), x}, {first, second}, {{0, 2}});
    return [](const std::vector<Numbers>& in) {
      return std::vector<Numbers>{{in[0][0], in[0][1], in[0][4], in[0][5]},
                                  {in[0][2], in[0][3], in[0][6], in[0][7]}};
    };
  });
}

TEST_CASE("STRIDED_SLICE imports, with masks and backwards") {
  check_in_all([](OneOp& m) {
    const int x = m.input({1, 3, 4});
    m.writer.op(OperatorKind::strided_slice,
                {x, m.numbers({0, 1, 3}), m.numbers({1, 0, 0}), m.numbers({1, 1, -2})}, {m.output({1, 2, 2})},
                {{0, 1}, {1, 1 | 2}, {2, 0}, {3, 0}, {4, 0}});
    return picked({7, 5, 11, 9});
  });
  check_in_all([](OneOp& m) {
    const int x = m.input({1, 3, 4});
    m.writer.op(OperatorKind::strided_slice,
                {x, m.numbers({0, -1, 0}), m.numbers({1, 9, 4}), m.numbers({1, 1, 1})}, {m.output({1, 4})},
                {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 2}});
    return picked({8, 9, 10, 11});
  });
}

TEST_CASE("shape arithmetic around RESHAPE is folded") {
  check_in_all([](OneOp& m) {
    const int x = m.input({1, 3, 4});
    const int shape = m.writer.tensor(ElementKind::int32, {3});
    const int batch = m.writer.tensor(ElementKind::int32, {}),
              joined = m.writer.tensor(ElementKind::int32, {2});
    m.writer.op(OperatorKind::shape, {x}, {shape});
    m.writer.op(OperatorKind::strided_slice, {shape, m.numbers({0}), m.numbers({1}), m.numbers({1})}, {batch},
                {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}});
    const int rest = m.writer.constant<std::int32_t>(ElementKind::int32, {}, {12});
    m.writer.op(OperatorKind::pack, {batch, rest}, {joined}, {{0, 2}, {1, 0}});
    m.writer.op(OperatorKind::reshape, {x, joined}, {m.output({1, 12})});
    return unchanged;
  });
}

TEST_CASE("what is not supported is refused with its name and number") {
  const auto refusal = [](int kind) {
    TfliteWriter w;
    const int x = w.tensor(ElementKind::float32, {1, 4}), between = w.tensor(ElementKind::float32, {1, 4}),
              y = w.tensor(ElementKind::float32, {1, 4});
    w.op(OperatorKind::relu, {x}, {between});
    w.op(kind, {between}, {y});
    return error_of([&] { host::import_tflite(w.file({x}, {y}), "net.tflite"); });
  };
  CHECK_THAT(refusal(48), Contains("'net.tflite': TOPK_V2 (operator 1) is not supported"));
  CHECK_THAT(refusal(119),
             Contains("WHILE (operator 1) is not supported: convert with unroll=True and a fixed batch"));
  CHECK_THAT(refusal(7777), Contains("(operator 1) is not supported"));
  CHECK_THAT(refusal(static_cast<int>(OperatorKind::conv_2d)), Contains("CONV_2D (operator 1)"));
}

TEST_CASE("every kind of operator with wrong inputs is refused") {
  for (const int kind : {0,  1,  2,  3,  4,  6,  9,  14, 17, 18, 19, 21, 22, 23, 25, 27,  28,
                         34, 39, 40, 41, 43, 44, 45, 49, 60, 65, 70, 77, 83, 97, 98, 114, 117})
    for (const ElementKind type :
         {ElementKind::int32, ElementKind::int8, ElementKind::float32, ElementKind::text})
      for (int given = 0; given < 6; ++given) {
        TfliteWriter w;
        const int x = w.tensor(ElementKind::float32, {1, 4});
        const int odd = w.tensor(type, {3, 0, 7}), y = w.tensor(type, {2, 5});
        const std::vector<int> inputs[]{{x}, {x, x, x, x}, {odd, x}, {x, odd}, {}, {-1, -1}};
        w.op(kind, inputs[given], {y});
        INFO("operator " << kind << ", inputs " << given);
        CHECK(error_of([&] { host::import_tflite(w.file({x}, {y}), "net"); }) != "");
      }
}

}  // namespace
