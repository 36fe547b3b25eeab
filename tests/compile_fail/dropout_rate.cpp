// EXPECT: Dropout needs a rate of at least 0 and below 1
// NUMBERS: 1000 999
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return Dropout{1.0f}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
