// EXPECT: Concatenate needs an axis of its inputs: 1 is the first axis of a sample
// NUMBERS: 2 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor a = g.input({4}), b = g.input({4});
  return Concatenate{2}(a, b);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
