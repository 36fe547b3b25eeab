// EXPECT: MultiHeadAttention needs a key_dim of at least 1
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 3});
  return MultiHeadAttention{2}(x, x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
