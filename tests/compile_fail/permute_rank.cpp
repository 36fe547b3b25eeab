// EXPECT: Permute needs as many axes as its input has
// NUMBERS: 2 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return Permute{{2, 1}}(g.input({4, 5, 6}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
