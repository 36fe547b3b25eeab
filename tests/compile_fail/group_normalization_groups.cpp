// EXPECT: GroupNormalization needs groups that divide the channels, or -1 for a group a channel
// NUMBERS: 32 12
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({8, 8, 12});
  return GroupNormalization{}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
