// EXPECT: RepeatVector needs a rank-1 input: put Flatten before it
// NUMBERS: 2 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return RepeatVector{3}(g.input({2, 2}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
