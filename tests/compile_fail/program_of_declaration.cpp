// EXPECT: the steps of this graph have no scratch yet
// SPDX-License-Identifier: BSL-1.0
#include <etch/layers/layers.hpp>
#include <etch/model/program/deploy.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{2});

constexpr auto wrong = make_program(graph<net>, prediction_plan, true);  // HERE
