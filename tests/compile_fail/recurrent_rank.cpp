// EXPECT: a recurrent layer needs an input [time, features]: put Reshape before it
// NUMBERS: 1 2
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = sequential(Input{12}, GRU{4},  // HERE
                                         Dense{2});

static_assert(graph<wrong>.steps.count >= 0);
