// EXPECT: Dense expects a rank-1 input: put Flatten before it
// NUMBERS: 2 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({28, 28});
  return Dense{10}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
