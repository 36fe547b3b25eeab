// EXPECT: compile: this cross-entropy takes probabilities
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{1});

void train() { compile<net>(Adam{}, BinaryCrossentropy{}, hana::make_tuple(Accuracy{}), batch<8>); }  // HERE
