// EXPECT: Dot needs axes of one length
// NUMBERS: 5 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor a = g.input({3, 4}), b = g.input({5});
  return Dot{{2, 1}}(a, b);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
