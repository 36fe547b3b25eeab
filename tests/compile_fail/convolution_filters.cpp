// EXPECT: a convolution needs at least one filter
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({8, 8, 3});
  return Conv2DTranspose{0, 3}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
