// EXPECT: an output is a tensor of another graph
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {  // HERE
  Builder another;
  g.input({4});
  return Dense{3}(another.input({4}));
});

static_assert(graph<wrong>.steps.count >= 0);
