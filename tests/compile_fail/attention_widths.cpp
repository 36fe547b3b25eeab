// EXPECT: Attention needs queries and keys of one width
// NUMBERS: 3 2
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor query = g.input({4, 3}), value = g.input({5, 2});
  return Attention{}(query, value);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
