// EXPECT: the kernel is higher than the input: take a smaller one or padding `same`
// NUMBERS: 5 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 6, 3});
  return Conv2D{8, 5}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
