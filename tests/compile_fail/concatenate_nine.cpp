// EXPECT: Concatenate joins at most 8 tensors
// NUMBERS: 9 8
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return Concatenate{}(x, x, x, x, x, x, x, x, x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
