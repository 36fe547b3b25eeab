// EXPECT: a stateful layer keeps its state: it takes none and returns none
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6, 2}), h = g.input({4});
  SimpleRNN layer{.units = 4, .stateful = true};  // HERE
  return layer(x, h);
});

static_assert(graph<wrong>.steps.count >= 0);
