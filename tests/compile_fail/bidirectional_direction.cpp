// EXPECT: Bidirectional needs a backward_layer that goes the other way: turn its go_backwards
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6, 2});
  Bidirectional both{GRU{4}, MergeMode::sum, GRU{4}};  // HERE
  return both(x);
});

static_assert(graph<wrong>.steps.count >= 0);
