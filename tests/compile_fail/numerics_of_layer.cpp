// EXPECT: a model with numerics of its own is no layer: declare those of the whole model
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto encoder = with_numerics(Numerics::fused, sequential(Input{8}, Dense{4}));  // HERE
inline constexpr auto wrong = functional([](Builder& g) {
  auto encode = encoder;
  return Dense{3}(encode(g.input({8})));
});

static_assert(graph<wrong>.steps.count >= 0);
