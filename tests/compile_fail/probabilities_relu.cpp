// EXPECT: compile: this cross-entropy takes probabilities
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{3, relu});

void train() { compile<net>(Adam{}, SparseCategoricalCrossentropy{}); }  // HERE
