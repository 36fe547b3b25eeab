// SPDX-License-Identifier: BSL-1.0
// Passes take graphs of one stage, and stop at others with a sentence.
#include <catch2/catch.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/program/deploy.hpp>
#include <etch/passes/fake_quantization.hpp>
#include <etch/passes/stream.hpp>

#include <memory>

namespace {

using namespace etch;
using Catch::Matchers::Contains;

inline constexpr auto network = sequential(Input{20, 6}, GRU{24}, Dense{4, ActivationKind::softmax});

static_assert(graph<network>.stage == Stage::declared);
static_assert(prediction_graph<network>.stage == Stage::inferred);
static_assert(fold(graph<network>).graph.stage == Stage::declared);
static_assert(simplify(graph<network>).stage == Stage::declared);
static_assert(Deployment<network>::program.graph.stage == Stage::inferred);
static_assert(simplify(graph<network>).steps[0].outputs == 1 &&
                  prediction_graph<network>.steps[0].outputs == 2,
              "infer adds the scratch");

constexpr auto staged(Stage stage) {
  auto g = graph<network>;
  g.stage = stage;
  return g;
}
static_assert(staged(Stage::training) == graph<network> &&
                  structure_hash(staged(Stage::training)) == structure_hash(graph<network>),
              "the stage is no part of what a graph is");

TEST_CASE("passes refuse graphs of another stage", "[stage]") {
  for (const Stage stage : {Stage::inferred, Stage::training}) {
    const auto g = staged(stage);
    CHECK_THROWS_WITH(infer(g), Contains("a graph is inferred once"));
    CHECK_THROWS_WITH(simplify(g), Contains("a graph is inferred once"));
    CHECK_THROWS_WITH(fold(g), Contains("fold takes a graph as it was declared"));
    CHECK_THROWS_WITH(stream(g), Contains("stream takes a graph as it was declared"));
    CHECK_THROWS_WITH(fake_quantize(g), Contains("fake_quantize takes a graph as it was declared"));
    CHECK_THROWS_WITH(std::make_unique<decltype(differentiate(g, {}))>(differentiate(g, {})),
                      Contains("differentiate takes a graph as it was declared"));
  }
  CHECK_THROWS_WITH(make_program(graph<network>, prediction_plan, true), Contains("have no scratch yet"));
  const auto trains =
      std::make_unique<decltype(differentiate(graph<network>, {}))>(differentiate(graph<network>, {}));
  CHECK(trains->graph.stage == Stage::training);
}

}  // namespace
