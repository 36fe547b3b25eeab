// EXPECT: a model has at most 1,536 steps
// NUMBERS: 1537 1536
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  Tensor x = g.input({4});
  for (int k = 0; k < 1537; ++k) x = ReLU{}(x);  // HERE
  return x;
});

static_assert(graph<wrong>.steps.count >= 0);
