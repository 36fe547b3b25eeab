// EXPECT: the groups of a convolution must divide the channels of its input
// NUMBERS: 4 6
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({8, 6});
  return Conv1D{.filters = 8, .kernel_size = 3, .groups = 4}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
