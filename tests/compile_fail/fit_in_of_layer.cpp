// EXPECT: a model that fits in a RAM is no layer: say it of the whole model
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto encoder = fit_in(64_KiB, sequential(Input{8}, Dense{4}));  // HERE
inline constexpr auto wrong = functional([](Builder& g) {
  auto encode = encoder;
  return Dense{3}(encode(g.input({8})));
});

static_assert(graph<wrong>.steps.count >= 0);
