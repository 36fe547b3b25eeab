// EXPECT: PReLU needs shared_axes of its input, counted from 1
// NUMBERS: 3 2
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({4, 3});
  return PReLU{.shared_axes = {1, 3}}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
