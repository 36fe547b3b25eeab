// EXPECT: Input takes 1 to 4 extents, without the batch
// NUMBERS: 5 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({1, 2, 3, 4, 5});  // HERE
  return Flatten{}(x);
});

static_assert(graph<wrong>.steps.count >= 0);
