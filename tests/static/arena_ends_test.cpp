// SPDX-License-Identifier: BSL-1.0
// Inputs and results that lie in the arena: their memory is used before and after them.
#include <etch/layers/dense.hpp>
#include <etch/model/program/program.hpp>
#include <etch/passes/infer.hpp>

namespace {

using namespace etch;

constexpr auto traced() {
  Builder g;
  g.output(Dense{60}(Dense{8}(g.input({64}))));
  g.finish(0);
  return g.graph;
}
constexpr auto graph = [] {
  constexpr Sizes sizes = traced().sizes();
  return infer(shrink<sizes>(traced()));
}();

constexpr auto outside = make_program(graph, PlanOptions{}, true);
constexpr auto inside = make_program(graph, PlanOptions{.inputs_in_arena = true}, false);
constexpr int input = inside.graph.inputs[0], output = inside.graph.outputs[0];

static_assert(outside.plan.arena_bytes == 8 * 4);
static_assert(inside.plan.arena_bytes == 64 * 4 + 8 * 4, "the result takes the input's place");
static_assert(inside.graph.values[input].role == Role::temporary);
static_assert(inside.plan.offset[input] == 0 && inside.plan.offset[output] == 0);

}  // namespace
