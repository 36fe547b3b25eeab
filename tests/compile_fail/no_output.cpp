// EXPECT: the model has no output
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {  // HERE
  Dense{3}(g.input({4}));
});

static_assert(graph<wrong>.steps.count >= 0);
