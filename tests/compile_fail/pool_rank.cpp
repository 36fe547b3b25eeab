// EXPECT: 2-D pooling needs an input of [height, width, channels]
// NUMBERS: 2 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return MaxPooling2D{}(g.input({8, 3}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
