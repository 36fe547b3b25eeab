// EXPECT: a layer needs all times of a sequence at once: it cannot stream
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/program/stream.hpp>
using namespace etch;

inline constexpr auto wrong =
    sequential(Input{6, 2}, LSTM{.units = 4, .return_sequences = true}, Flatten{}, Dense{2});

static_assert(StreamState<wrong>::elements >= 0);  // HERE
