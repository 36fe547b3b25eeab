// EXPECT: Dense needs at least one unit
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return Dense{0}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
