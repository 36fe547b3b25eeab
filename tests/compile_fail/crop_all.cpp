// EXPECT: cropping leaves nothing of an axis: crop less
// NUMBERS: 4 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return Cropping2D{{0, 2}}(g.input({5, 4, 1}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
