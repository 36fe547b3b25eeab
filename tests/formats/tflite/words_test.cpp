// SPDX-License-Identifier: BSL-1.0
// Whole numbers without scales: arithmetic of int32, casts, lists that are cut and joined.
#include <tests/formats/tflite/raw_model.hpp>
#include <tests/unit/error_of.hpp>

#include <algorithm>

namespace {

using namespace etch;
using namespace etch::test;
using enum ElementKind;
using Catch::Matchers::Contains;
using Ints = std::vector<std::int32_t>;

/// What is given for a and b, in 64 bits and then modulo 2^32.
std::int32_t combined(OperatorKind kind, std::int64_t a, std::int64_t b) {
  const std::int64_t result = kind == OperatorKind::add       ? a + b
                              : kind == OperatorKind::sub     ? a - b
                              : kind == OperatorKind::mul     ? a * b
                              : kind == OperatorKind::div     ? (b == 0 ? 0 : a / b)
                              : kind == OperatorKind::maximum ? std::max(a, b)
                                                              : std::min(a, b);
  return static_cast<std::int32_t>(result);
}
constexpr OperatorKind kinds[]{OperatorKind::add, OperatorKind::sub,     OperatorKind::mul,
                               OperatorKind::div, OperatorKind::maximum, OperatorKind::minimum};
const Ints first{7, -7, INT32_MIN, INT32_MAX, 0, 65536, -65537, 123456789};
const Ints second{2, 2, -1, INT32_MAX, 0, 65536, 40000, -3};

std::vector<Option> no_activation() { return {{0, std::int8_t{0}}}; }

TEST_CASE("arithmetic of int32 is modulo 2^32, quotients are cut") {
  for (const OperatorKind kind : kinds) {
    INFO(static_cast<int>(kind));
    RawModel m;
    const int a = m.input(int32, {8}), b = m.input(int32, {8});
    m.writer.op(kind, {a, b}, {m.output(int32, {8})}, no_activation());
    const auto model = m.import();
    host::ModelSession session(model);
    run(session, first, second);
    Ints expected;
    for (std::size_t i = 0; i < 8; ++i) expected.push_back(combined(kind, first[i], second[i]));
    CHECK(numbers_of<std::int32_t>(session) == expected);
  }
}

TEST_CASE("arithmetic of int32 with constants is broadcast, on either side where that is the same") {
  for (const OperatorKind kind : kinds)
    for (const bool before : {false, true}) {
      INFO(static_cast<int>(kind));
      RawModel m;
      const int a = m.input(int32, {2, 4}), b = m.writer.constant(int32, {4}, Ints{5, -3, 1000, 1});
      m.writer.op(kind, before ? std::vector{b, a} : std::vector{a, b}, {m.output(int32, {2, 4})},
                  no_activation());
      if (before && (kind == OperatorKind::sub || kind == OperatorKind::div)) {
        CHECK_THAT(error_of([&] { m.import(); }), Contains("takes a constant first"));
        continue;
      }
      const auto model = m.import();
      host::ModelSession session(model);
      run(session, first);
      Ints expected;
      for (std::size_t i = 0; i < 8; ++i)
        expected.push_back(combined(kind, first[i], Ints{5, -3, 1000, 1}[i % 4]));
      CHECK(numbers_of<std::int32_t>(session) == expected);
    }
}

TEST_CASE("fused activations bound results of int32") {
  const std::pair<std::int32_t, std::int32_t> bounds[]{
      {INT32_MIN, INT32_MAX}, {0, INT32_MAX}, {-1, 1}, {0, 6}};
  for (std::int8_t activation = 0; activation < 4; ++activation) {
    RawModel m;
    const int a = m.input(int32, {8}), b = m.writer.constant(int32, {}, Ints{1});
    m.writer.op(OperatorKind::mul, {a, b}, {m.output(int32, {8})}, {{0, activation}});
    const auto model = m.import();
    host::ModelSession session(model);
    run(session, first);
    const auto [lowest, highest] = bounds[activation];
    Ints expected;
    for (const std::int32_t x : first) expected.push_back(std::clamp(x, lowest, highest));
    CHECK(numbers_of<std::int32_t>(session) == expected);
  }
  RawModel m;
  const int a = m.input(int32, {8}), b = m.writer.constant(int32, {}, Ints{1});
  m.writer.op(OperatorKind::add, {a, b}, {m.output(int32, {8})}, {{0, std::int8_t{4}}});
  CHECK_THAT(error_of([&] { m.import(); }), Contains("a fused activation that is not supported in int32"));
}

TEST_CASE("casts between whole numbers keep the lowest bits") {
  RawModel m;
  const int words = m.input(int32, {8}), shorts = m.input(int16, {3});
  const int unsigned_words = m.writer.tensor(uint32, {8});
  m.writer.op(OperatorKind::cast, {words}, {unsigned_words});
  m.writer.op(OperatorKind::cast, {unsigned_words}, {m.output(int8, {8})});
  m.writer.op(OperatorKind::cast, {unsigned_words}, {m.output(int16, {8})});
  m.writer.op(OperatorKind::cast, {shorts}, {m.output(int32, {3})});
  m.writer.op(OperatorKind::cast, {shorts}, {m.output(int8, {3})});
  const auto model = m.import();
  host::ModelSession session(model);
  run(session, first, std::vector<std::int16_t>{-32768, 300, -1});
  std::vector<std::int8_t> bytes;
  std::vector<std::int16_t> halves;
  for (const std::int32_t x : first) {
    bytes.push_back(static_cast<std::int8_t>(x));
    halves.push_back(static_cast<std::int16_t>(x));
  }
  CHECK(numbers_of<std::int8_t>(session, 0) == bytes);
  CHECK(numbers_of<std::int16_t>(session, 1) == halves);
  CHECK(numbers_of<std::int32_t>(session, 2) == Ints{-32768, 300, -1});
  CHECK(numbers_of<std::int8_t>(session, 3) == std::vector<std::int8_t>{0, 44, -1});
}

TEST_CASE("lists of int32 are cut, joined and bordered by constants") {
  RawModel m;
  const int a = m.input(int32, {5}), b = m.input(int32, {2}), cut = m.writer.tensor(int32, {3});
  const auto list = [&](const Ints& n) { return m.writer.constant(int32, {static_cast<int>(n.size())}, n); };
  m.writer.op(OperatorKind::strided_slice, {a, list({1}), list({4}), list({1})}, {cut},
              {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}});
  m.writer.op(OperatorKind::concatenation, {list({9, 9}), cut, b, list({9})}, {m.output(int32, {8})},
              {{0, 0}, {1, std::int8_t{0}}});
  m.writer.op(OperatorKind::concatenation, {b, cut, b}, {m.output(int32, {7})},
              {{0, 0}, {1, std::int8_t{0}}});
  const auto model = m.import();
  host::ModelSession session(model);
  run(session, Ints{1, 2, 3, 4, 5}, Ints{6, 7});
  CHECK(numbers_of<std::int32_t>(session, 0) == Ints{9, 9, 2, 3, 4, 6, 7, 9});
  CHECK(numbers_of<std::int32_t>(session, 1) == Ints{6, 7, 2, 3, 4, 6, 7});
}

TEST_CASE("joins of int32 that are no padding are refused") {
  const auto refusal = [](const Ints& before, const Ints& after, bool value_behind) {
    RawModel m;
    const int a = m.input(int32, {2});
    const auto list = [&](const Ints& n) {
      return m.writer.constant(int32, {static_cast<int>(n.size())}, n);
    };
    std::vector<int> inputs{list(before), a, list(after)};
    int total = 2 + static_cast<int>(before.size() + after.size());
    if (value_behind) inputs.push_back(a), total += 2;
    m.writer.op(OperatorKind::concatenation, inputs, {m.output(int32, {total})},
                {{0, 0}, {1, std::int8_t{0}}});
    return error_of([&] { m.import(); });
  };
  CHECK(refusal({0}, {0, 0}, false).empty());
  CHECK_THAT(refusal({0}, {0, 1}, false), Contains("joins constants of several numbers"));
  CHECK_THAT(refusal({0}, {1}, false), Contains("joins constants of several numbers"));
  CHECK_THAT(refusal({0}, {0}, true), Contains("joins a constant between values"));
}

}  // namespace
