// SPDX-License-Identifier: BSL-1.0
// Steps of quantized models that are taken into others: the same bytes, from fewer steps and less memory.
#include <catch2/catch.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/unit/int8_models.hpp>

namespace {

using namespace etch;
using test::Int8Models;

int steps_of(const host::ImportedModel& model, int op) {
  int count = 0;
  for (const Step& step : model.graph->steps) count += step.op == op;
  return count;
}

/// Compares the results of both for random inputs.
void check_same(const host::ImportedModel& model, const host::ImportedModel& prepared) {
  host::ModelSession before(model), after(prepared);
  Int8Models random(5);
  for (int i = 0; i < 4; ++i) {
    const auto x = random.sample(before.input_bytes(0));
    before.run(x);
    after.run(x);
    REQUIRE(std::ranges::equal(before.output(), after.output()));
  }
  CHECK(after.arena_bytes() <= before.arena_bytes());
}

TEST_CASE("padding goes into the convolution behind it where it fills with the zero point", "[int8]") {
  for (const bool depthwise : {false, true})
    for (const bool zero_point : {false, true}) {
      Int8Models m(7);
      const Tensor x = m.input({8, 7, 3});
      const auto filling = static_cast<std::int8_t>(zero_point ? m.zero_point() : m.zero_point() / 2 + 60);
      const Tensor padded = m.pad(x, filling);
      const Tensor y =
          depthwise ? m.depthwise(padded, 1, 3, 2, false) : m.convolution(padded, 5, 3, 2, false);
      const host::ImportedModel model = m.model({y});
      const host::ImportedModel prepared = host::prepare(model);
      CHECK(steps_of(prepared, op_code<ops::Pad>) == (zero_point ? 0 : 1));
      CHECK(prepared.operators[0].results[0] == (zero_point ? -1 : model.graph->parameters.count + 1));
      check_same(model, prepared);
    }
}

std::vector<std::int8_t> table(auto f) {
  std::vector<std::int8_t> numbers(256);
  for (int x = -128; x <= 127; ++x) numbers[static_cast<std::uint8_t>(x)] = static_cast<std::int8_t>(f(x));
  return numbers;
}

TEST_CASE("tables become one, bounds of the step before them, or nothing", "[int8]") {
  const auto up = table([](int x) { return x < 127 ? x + 1 : 127; });
  const auto down = table([](int x) { return x > -128 ? x - 1 : -128; });
  const auto same = table([](int x) { return x; });
  const auto bounds = table([](int x) { return std::clamp(x, -20, 90); });
  const auto make = [](const std::vector<std::vector<std::int8_t>>& tables, bool after_convolution) {
    Int8Models m(2);
    Tensor x = m.input({5, 5, 3});
    if (after_convolution) x = m.convolution(x, 6, 3, 1, true);
    for (const auto& numbers : tables) x = m.table(x, numbers);
    return m.model({m.softmax(m.dense(x, 4))});
  };
  const auto tables_left = [&](const host::ImportedModel& model) {
    const host::ImportedModel prepared = host::prepare(model);
    check_same(model, prepared);
    return steps_of(prepared, op_code<ops::Int8Table>);
  };
  CHECK(tables_left(make({up, up}, false)) == 1);
  CHECK(tables_left(make({same}, false)) == 0);
  CHECK(tables_left(make({bounds}, false)) == 1);
  CHECK(tables_left(make({bounds}, true)) == 0);
  CHECK(tables_left(make({up, down}, true)) == 0);  // together they bound
  CHECK(tables_left(make({up}, true)) == 1);
}

}  // namespace
