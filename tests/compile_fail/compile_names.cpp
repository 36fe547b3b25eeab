// EXPECT: compile: the first argument is an optimizer
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{3, softmax});

void train() { compile<net>("adam", "mse"); }  // HERE
