// EXPECT: LayerNormalization needs the last axis, or several of the last
// NUMBERS: 1 2
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 3});
  return LayerNormalization{1}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
