// EXPECT: Multiply needs tensors of one shape, or extents of 1 where they differ
// NUMBERS: 6 12
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor a = g.input({3, 4}), b = g.input({3, 2});
  return Multiply{}(a, b);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
