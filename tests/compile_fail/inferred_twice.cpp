// EXPECT: a graph is inferred once, from its declaration: this one has its scratch already
// SPDX-License-Identifier: BSL-1.0
#include <etch/layers/layers.hpp>
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{2});

constexpr auto wrong = infer(prediction_graph<net>);  // HERE
