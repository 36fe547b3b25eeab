// EXPECT: ReLU needs a threshold of at least 0
// NUMBERS: -500 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return ReLU{.threshold = -0.5f}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
