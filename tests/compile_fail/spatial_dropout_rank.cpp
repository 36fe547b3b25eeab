// EXPECT: SpatialDropout2D needs an input of 3 axes: height, width, channels
// NUMBERS: 2 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 3});
  return SpatialDropout2D{}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
