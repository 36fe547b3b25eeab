// EXPECT: Resizing needs a height and width of at least 1
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return Resizing{.height = 8}(g.input({2, 2, 1}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
