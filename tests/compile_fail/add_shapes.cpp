// EXPECT: Add needs tensors of one shape
// NUMBERS: 6 5
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4});
  const Tensor a = Dense{5}(x), b = Dense{6}(x);
  return Add{}(a, b);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
