// EXPECT: Reshape needs as many elements after as before
// NUMBERS: 15 16
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 4});
  return Reshape{{5, -1}}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
