// EXPECT: compile: metrics stand in hana::make_tuple(...)
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{3, softmax});

void train() { compile<net>(Adam{}, SparseCategoricalCrossentropy{}, Accuracy{}, batch<8>); }  // HERE
