// EXPECT: MFCC needs a signal of at least one frame
// NUMBERS: 400 480
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({400});
  return MFCC{}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
