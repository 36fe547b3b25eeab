// EXPECT: Embedding needs an input_dim of at least 1
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return Embedding{.output_dim = 4}(g.input({2}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
