// EXPECT: a layer called twice needs inputs of one width
// NUMBERS: 6 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  Dense shared{5};  // HERE
  const Tensor a = shared(g.input({4}));
  return Add{}(a, shared(g.input({6})));
});

static_assert(graph<wrong>.steps.count >= 0);
