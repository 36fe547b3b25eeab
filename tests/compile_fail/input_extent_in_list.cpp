// EXPECT: Input takes extents of at least 1
// NUMBERS: 0 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto wrong = sequential(Input{0},  // HERE
                                         Dense{10});

static_assert(graph<wrong>.steps.count >= 0);
