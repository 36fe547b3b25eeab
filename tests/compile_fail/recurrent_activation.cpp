// EXPECT: a recurrent layer needs activations whose derivative follows from their result
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) {
  const Tensor x = g.input({6, 4});
  return LSTM{8, ActivationKind::silu}(x);  // HERE
});

static_assert(graph<wrong>.steps.count >= 0);
