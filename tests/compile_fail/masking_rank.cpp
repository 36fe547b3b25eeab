// EXPECT: Masking needs an input [time, features]
// NUMBERS: 1 2
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6});
  return Masking{}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
