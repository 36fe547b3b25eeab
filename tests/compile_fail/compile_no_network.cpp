// EXPECT: compile: the network is a template argument
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{3, softmax});

void train() { compile("adam", "mse"); }  // HERE
