// EXPECT: a 2-D convolution needs an input of [height, width, channels]
// NUMBERS: 2 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({28, 28});
  return Conv2D{8, 3}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
