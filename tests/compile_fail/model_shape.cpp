// EXPECT: a model is called on an input of another shape
// NUMBERS: 9 8
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto encoder = sequential(Input{8},  // HERE
                                           Dense{4});
inline constexpr auto wrong = functional([](Builder& g) {
  auto encode = encoder;
  return encode(g.input({9}));
});

static_assert(graph<wrong>.steps.count >= 0);
