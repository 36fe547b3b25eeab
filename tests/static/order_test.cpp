// SPDX-License-Identifier: BSL-1.0
// Declared models predict in the order that needs least, found by the compiler.
#include <etch/layers/layers.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/model/program/deploy.hpp>

namespace {

using namespace etch;

inline constexpr auto branches = functional([](Builder& g) {
  const Tensor x = g.input({8});
  const Tensor left = Dense{64, relu}(x), right = Dense{64, relu}(x);
  return Dense{2}(Add{}(Dense{2}(left), Dense{2}(right)));
});
using Shipped = Deployment<branches>;
static_assert(make_program(Shipped::graph_, PlanOptions{}, true).plan.arena_bytes == (64 + 64 + 2) * 4);
static_assert(Shipped::arena_bytes == (2 + 64 + 2) * 4 && Shipped::arena_lower_bound == Shipped::arena_bytes);
static_assert(Shipped::program.graph.steps[1].in == Shape{64}, "one branch ends before the other begins");
static_assert(Shipped::graph_.steps[1].in == Shape{8});

/// What cannot be better stays as it is declared.
inline constexpr auto even = functional([](Builder& g) {
  const Tensor x = g.input({8});
  return Dense{2}(Add{}(Dense{16}(x), Dense{16, relu}(x)));
});
static_assert(Deployment<even>::program.graph.steps == Deployment<even>::graph_.steps);

}  // namespace
