// EXPECT: Dense expects a rank-1 input: put Flatten before it
// NUMBERS: 2 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = sequential(Input{28, 28}, Dense{10},  // HERE
                                         Softmax{});

static_assert(graph<wrong>.steps.count >= 0);
