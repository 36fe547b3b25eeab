// EXPECT: a layer was called on a tensor of another graph
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  Builder another;
  const Tensor x = g.input({4}), y = another.input({4});
  return Add{}(x, y);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
