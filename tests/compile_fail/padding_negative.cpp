// EXPECT: padding and cropping take amounts of at least 0
// NUMBERS: -1 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return ZeroPadding1D{{-1, 2}}(g.input({5, 4}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
