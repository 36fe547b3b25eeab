// SPDX-License-Identifier: BSL-1.0
// A model up to one value: the bytes that this value has in the whole one.
#include <catch2/catch.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/cut.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/int8_models.hpp>

namespace {

using namespace etch;
using test::Int8Models;

/// Two branches of convolutions, and a third step on one of them; each step is an operator, as in a file.
host::ImportedModel branched() {
  Int8Models m(3);
  const Tensor x = m.input({8, 8, 3});
  const Tensor a = m.convolution(x, 5, 3, 1, true), b = m.convolution(a, 6, 3, 2, false);
  const Tensor c = m.convolution(a, 4, 1, 1, true);
  host::ImportedModel model = m.model({b, c});
  model.values.resize(static_cast<std::size_t>(model.graph->values.count));
  model.source.clear();
  model.operators.clear();
  int number = 0;
  for (const Step& step : model.graph->steps) {
    const int result = model.graph->result(step, 0);
    auto& value = model.values[static_cast<std::size_t>(result)];
    value.name = std::string("value_").append(1, static_cast<char>('a' + number));
    value.shape = step.out;
    model.operators.push_back({"CONV_2D", 10 + number, {result}});
    model.source.push_back(number++);
  }
  return model;
}

TEST_CASE("a model that is cut gives the bytes of the value", "[int8]") {
  const host::ImportedModel whole = branched();
  host::ModelSession traced(whole);
  Int8Models random(5);
  for (std::size_t k = 0; k < 3; ++k)
    for (const bool prepared : {false, true}) {
      const int value = whole.operators[k].results[0];
      const host::ImportedModel by_name =
          host::cut(whole, whole.values[static_cast<std::size_t>(value)].name);
      host::ImportedModel trunk = host::cut(whole, whole.values[static_cast<std::size_t>(value)].name);
      if (prepared) trunk = host::prepare(trunk, kernels::board_sets);
      REQUIRE(trunk.graph->outputs.count == 1);
      CHECK(by_name.graph->steps.count == (k == 0 ? 1 : 2));  // the other branch is gone
      CHECK(by_name.operators.size() == (k == 0 ? 1U : 2U));
      CHECK(by_name.graph->output_shapes[0] == whole.values[static_cast<std::size_t>(value)].shape);
      host::ModelSession session(trunk);
      for (int i = 0; i < 3; ++i) {
        const auto sample = random.sample(session.input_bytes(0));
        traced.trace(sample);
        session.run(sample);
        REQUIRE(std::ranges::equal(session.output(), traced.value(value)));
      }
    }
}

TEST_CASE("a model is cut at the number of an operator too") {
  const host::ImportedModel whole = branched();
  CHECK(host::cut(whole, "11").graph->output_shapes[0] == Shape{3, 3, 6});
  CHECK(host::cut(whole, "12").graph->output_shapes[0] == Shape{8, 8, 4});
}

TEST_CASE("a place where a model cannot be cut is said") {
  using Catch::Matchers::Contains;
  host::ImportedModel model = branched();
  const auto error = [&](const char* at) { return error_of([&] { host::cut(model, at); }); };
  for (const char* const at : {"", "value_z", "13", "-1", "11x", "99999999999"})
    CHECK_THAT(error(at), Contains("no value of that name and no operator of that number"));
  model.values[static_cast<std::size_t>(model.graph->inputs[0])].name = "in";
  CHECK_THAT(error("in"), Contains("that is an input of it"));
  for (const host::SourceOperator& op : model.operators)
    model.values[static_cast<std::size_t>(op.results[0])].name = "same";
  CHECK_THAT(error("same"), Contains("several values have that name"));
}

}  // namespace
