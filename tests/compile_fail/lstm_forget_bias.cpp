// EXPECT: unit_forget_bias goes with a bias_initializer of zeros: turn it off
// NUMBERS: 1 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6, 2});
  return LSTM{.units = 4, .bias_initializer = Initializer::ones}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
