// EXPECT: Normalization needs one mean and variance, or one for each channel
// NUMBERS: 2 3
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 3});
  return Normalization{{1, 2}, 1}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
