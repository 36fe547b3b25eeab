// EXPECT: Concatenate needs equal shapes except along its axis
// NUMBERS: 6 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor a = g.input({2, 2}), b = g.input({3, 2});
  return Concatenate{}(a, b);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
