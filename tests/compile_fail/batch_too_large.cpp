// EXPECT: compile: a training step of this model needs more than 1,500,000,000 bytes
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto large = sequential(Input{100000}, Dense{3});

void train() { compile<large>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<30000>); }  // HERE
