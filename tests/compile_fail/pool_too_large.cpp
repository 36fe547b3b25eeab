// EXPECT: the pool is longer than the input: take a smaller one or padding `same`
// NUMBERS: 4 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  return AveragePooling1D{4}(g.input({3, 2}));  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
