// EXPECT: an initial state needs as many elements as the layer has units, in one axis
// NUMBERS: 3 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6, 2}), h = g.input({3});
  SimpleRNN layer{4};  // HERE
  return layer(x, h);
});

static_assert(graph<wrong>.steps.count >= 0);
