// EXPECT: compile: the network is no constant: declare it as inline constexpr auto network = ...
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

auto net = sequential(Input{4}, Dense{3, softmax});

void train() { compile<net>(Adam{}, SparseCategoricalCrossentropy{}); }  // HERE
