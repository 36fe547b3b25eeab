// EXPECT: pooling needs strides of at least 1
// NUMBERS: -1 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return MaxPooling2D{2, -1}(g.input({4, 4, 1}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
