// EXPECT: a stateful layer is called once: its state follows one sequence
// NUMBERS: 2 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6, 2});
  GRU layer{.units = 4, .stateful = true};  // HERE
  const Tensor first = layer(x);
  return Add{}(first, layer(x));
});

static_assert(graph<wrong>.steps.count >= 0);
