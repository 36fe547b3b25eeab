// EXPECT: a recurrent layer that goes backwards cannot stream
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/program/stream.hpp>
using namespace etch;

inline constexpr auto wrong = functional([](Builder& g) { return Bidirectional{GRU{4}}(g.input({6, 2})); });

static_assert(StreamState<wrong>::elements >= 0);  // HERE
