// EXPECT: Dot needs axes of its inputs, counted from 1
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor a = g.input({3, 4}), b = g.input({4});
  return Dot{{2, 0}}(a, b);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
